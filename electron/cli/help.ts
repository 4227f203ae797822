import { styleText } from 'node:util'
import type { HelpConfiguration } from 'commander'

/** How `--help` looks: headings in bold, one command a line, in the order of declaration. */
export function helpLayout({ columns }: { columns: number }): HelpConfiguration {
  const bold = (text: string): string => styleText('bold', text, { validateStream: false })
  return {
    helpWidth: Math.min(columns, 100),
    showGlobalOptions: false,
    styleTitle: bold,
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(usageOf)].join(' '),
  }
}

function usageOf(argument: { required: boolean; variadic: boolean; name(): string }): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

/** The end of a command's help: command lines to copy. */
export function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`
}
