import type { CoveError } from '#contract/errors.ts'
import type { CommandContext } from './context.ts'
import { harmless } from '#base/harmless.ts'
import { wrap } from './terminal/width.ts'

/** Tells an error: for scripts one JSON document on stdout, for people two lines on stderr. */
export function reportError(error: CoveError, cli: CommandContext, asJson: boolean): void {
  if (asJson) {
    cli.json({ error: { code: error.code, message: error.message, hint: error.hint ?? null } })
    return
  }
  const { style } = cli.err
  cli.err.line(`${style.red('cove:')} ${indented(error.message, 'cove: '.length, cli)}`)
  if (error.hint) cli.err.line(`  ${style.dim('hint:')} ${indented(error.hint, '  hint: '.length, cli)}`)
}

/** A text whose further lines stand under the first; only a terminal gets it wrapped. */
function indented(text: string, columns: number, { err }: CommandContext): string {
  const safe = harmless(text).trimEnd()
  const lines = err.isTTY ? wrap(safe, err.columns - columns) : safe.split('\n')
  return lines.join(`\n${' '.repeat(columns)}`)
}
