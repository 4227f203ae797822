import { toCoveError } from '#contract/errors.ts'
import { parseCommandLine, wantsJson } from './command-line.ts'
import { commands } from './commands.ts'
import { CommandContext } from './context.ts'
import type { CliIo } from './io.ts'
import { reportError } from './report-error.ts'

/** Runs one command line (without the program's name) to its end and returns the exit code; never throws. */
export async function runCli(words: readonly string[], io: CliIo): Promise<number> {
  const cli = new CommandContext(io)
  try {
    const grammar = { commands, summary: 'Docker on your machine, in a small vm.', columns: cli.out.columns, hasColor: cli.out.style.hasColor }
    const request = parseCommandLine(words[0] === '--version' || words[0] === '-V' ? ['version', ...words.slice(1)] : words, grammar)
    if (request.kind === 'help') {
      cli.out.raw(request.text)
      return 0
    }
    return (await request.command.run(request.input, cli)) ?? 0
  } catch (error) {
    const known = toCoveError(error)
    // Whoever interrupts knows it; a command that has more to say throws an error of its own.
    if (io.signal.aborted && error === io.signal.reason) return known.exitCode
    if (known.code === 'internal.bug' && error instanceof Error && io.env['COVE_DEBUG']) cli.err.line(error.stack)
    reportError(known, cli, wantsJson(words))
    return known.exitCode
  }
}
