import { Argument, Command as Parser, CommanderError, Option } from 'commander'
import type { Command, CommandGroup, Flag, Input, Operand, ValueOption } from './declare.ts'
import { examplesText, helpLayout } from './help.ts'
import { usageError } from './usage.ts'

/** What a command line asks for. */
export type Request = { kind: 'help'; text: string } | { kind: 'run'; command: Command; input: Input }

/** What parsing needs to know besides the words. */
export interface Grammar {
  commands: readonly (Command | CommandGroup)[]
  summary: string
  columns: number
  hasColor: boolean
}

/**
 * Reads a command line (without the program's name); nothing is run.
 * @throws CoveError `usage.invalid`, or what a value's parser throws.
 */
export function parseCommandLine(words: readonly string[], grammar: Grammar): Request {
  const reading = new Reading(grammar)
  try {
    reading.program.parse(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return reading.afterExit(error)
    throw error
  }
  return reading.request ?? reading.help()
}

class Reading {
  readonly program: Parser
  request: Request | undefined
  readonly #grammar: Grammar
  #text = ''
  #at: Parser

  constructor(grammar: Grammar) {
    this.#grammar = grammar
    this.program = this.#parser({ name: 'cove', summary: grammar.summary })
    this.#at = this.program
    this.program.enablePositionalOptions().usage('[command] [options]').commandsGroup('Set up:').helpCommand('help [command]', 'explain a command').commandsGroup('Commands:')
    for (const command of grammar.commands) this.#add(this.program, command)
    this.program.addHelpText('after', '\nAll about one command: cove help COMMAND')
  }

  /** What the program as a whole says about itself. */
  help(): Request {
    this.program.outputHelp()
    return { kind: 'help', text: this.#text }
  }

  /** What commander wanted to exit with, as help or as a usage error. */
  afterExit(error: CommanderError): Request {
    if (error.code === 'commander.helpDisplayed' || (error.code === 'commander.help' && error.exitCode === 0)) return { kind: 'help', text: this.#text }
    if (error.code === 'commander.help') {
      if (this.#at === this.program) return this.help()
      throw usageError(`"${pathOf(this.#at)}" needs a command after it`, { otherwise: `Choose one of: ${this.#at.commands.map((child) => child.name()).join(', ')}` })
    }
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
    const near = suggestion === undefined ? undefined : /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(suggestion)?.[1]
    throw usageError(message.replaceAll(/'([^']*)'/g, '"$1"'), { otherwise: near === undefined ? `See: ${pathOf(this.#at)} --help` : `Did you mean "${near}"?` })
  }

  #parser(described: { name: string; summary: string; details?: string; examples?: readonly string[] }): Parser {
    const parser: Parser = new Parser(described.name)
      .description(describe(described))
      .summary(described.summary)
      .helpOption('-h, --help', 'explain this command')
      .configureHelp(helpLayout(this.#grammar))
      .configureOutput({
        writeOut: (text) => (this.#text += text),
        writeErr: () => undefined,
        getOutHelpWidth: () => this.#grammar.columns,
        getErrHelpWidth: () => this.#grammar.columns,
        getOutHasColors: () => this.#grammar.hasColor,
        getErrHasColors: () => this.#grammar.hasColor,
      })
      .exitOverride((error) => {
        this.#at = parser
        throw error
      })
    if (described.examples) parser.addHelpText('after', examplesText(described.examples))
    return parser
  }

  #add(parent: Parser, declared: Command | CommandGroup): void {
    const parser = this.#parser(declared)
    if (declared.group !== undefined) parser.helpGroup(declared.group)
    if (declared.kind === 'group') {
      parser.helpCommand(false)
      for (const command of declared.commands) this.#add(parser, command)
    } else this.#fill(parser, declared)
    parent.addCommand(parser)
  }

  #fill(parser: Parser, command: Command): void {
    const names = Object.keys(command.operands)
    for (const [name, operand] of Object.entries(command.operands)) parser.addArgument(argumentOf(name, operand))
    for (const [name, option] of Object.entries(command.options)) for (const one of optionsOf(name, option)) parser.addOption(one)
    if (command.passesThrough) parser.passThroughOptions()
    parser.action((...received: unknown[]) => {
      const operands = Object.fromEntries(names.map((name, index) => [name, received[index] ?? (command.operands[name]?.arity === 'many' ? [] : undefined)]))
      this.request = { kind: 'run', command, input: { operands, options: parser.opts() } }
    })
  }
}

function describe({ summary, details }: { summary: string; details?: string }): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`
  return details === undefined ? sentence : `${sentence.replace(/\.?$/, '.')} ${details}`
}

function argumentOf(name: string, operand: Operand): Argument {
  const form = { one: `<${name}>`, optional: `[${name}]`, many: `[${name}...]` }[operand.arity]
  const argument = new Argument(form, operand.summary)
  if (operand.arity === 'many') return argument.argParser<unknown[] | undefined>((text, former) => [...(former ?? []), operand.parse(text)])
  return argument.argParser(operand.parse)
}

function optionsOf(name: string, option: Flag | ValueOption): Option[] {
  const long = optionWord(name)
  const flags = option.short === undefined ? long : `-${option.short}, ${long}`
  if (option.kind === 'value') return [new Option(`${flags} <${option.valueName}>`, option.summary).argParser((text: string) => option.parse(text))]
  const positive = new Option(flags, option.summary)
  if (!option.isNegatable) return [positive]
  return [positive, new Option(`--no-${long.slice(2)}`, option.negatedSummary ?? '')]
}

/** An option's word on the command line, from its name in the declaration. */
export function optionWord(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function pathOf(parser: Parser): string {
  return parser.parent ? `${pathOf(parser.parent)} ${parser.name()}` : parser.name()
}

/** Whether the words ask for JSON, even if they cannot be parsed. */
export function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end === -1 ? undefined : end).includes('--json')
}
