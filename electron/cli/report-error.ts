import type { CoveError } from '#contract/errors.ts'
import type { CommandContext } from './context.ts'
import { harmless } from './terminal/sanitize.ts'

/** Tells an error: for scripts one JSON document on stdout, for people two lines on stderr. */
export function reportError(error: CoveError, cli: CommandContext, asJson: boolean): void {
  if (asJson) {
    cli.json({ error: { code: error.code, message: error.message, hint: error.hint ?? null } })
    return
  }
  const { style } = cli.err
  cli.err.line(`${style.red('cove:')} ${indentRest(harmless(error.message))}`)
  if (error.hint) cli.err.line(`  ${style.dim('hint:')} ${indentRest(harmless(error.hint))}`)
}

function indentRest(text: string): string {
  return text.trimEnd().replaceAll('\n', '\n  ')
}
