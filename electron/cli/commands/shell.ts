import { CoveError } from '#contract/errors.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, flag } from '../declare.ts'
import type { EngineUse } from '../engine-access.ts'
import { commandLine } from '../quote.ts'
import { runShellSession, sizeOf } from '../shell-session.ts'
import { anyText } from '../values.ts'

const foreverMs = 2_147_483_647

/** `cove shell` */
export const shell = defineCommand({
  name: 'shell',
  group: 'Look inside:',
  summary: 'open a shell in the guest, or run a command there',
  details:
    "The words after -- are run as they are, each kept whole; for pipes and variables run sh -c. cove's exit code is the command's. On a terminal the session gets one too; otherwise stdin, stdout and stderr are passed on separately.",
  passesThrough: true,
  operands: { command: { arity: 'many', summary: 'command and its words', parse: anyText } },
  options: { tty: flag('give the command a terminal even for pipes', { short: 't', isNegatable: true, negatedSummary: 'no terminal, separate stdout and stderr' }) },
  examples: ['cove shell', 'cove shell -- docker info', "cove shell -- sh -c 'dmesg | tail'", 'tar c . | cove shell -- tar x -C /tmp'],
  async run({ operands, options }, cli) {
    const exitCode = await cli.engine.useRunning({ what: 'the session', ms: foreverMs }, async (use) => session(cli, use, {
      words: operands.command,
      tty: options.tty ?? (cli.io.stdin.isTTY === true && cli.out.isTTY),
    }))
    if (exitCode !== undefined) return exitCode
    throw new CoveError('vm.not-running', { message: 'the vm is off, so there is no guest to open a shell in', hint: 'Start it with: cove start' })
  },
})

interface Wanted {
  words: readonly string[]
  tty: boolean
}

async function session(cli: CommandContext, { client, signal }: EngineUse, { words, tty }: Wanted): Promise<number> {
  const socket = await client.openShellSocket(signal)
  const abort = (): void => socket.terminate()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await runShellSession({
      socket,
      io: cli.io,
      open: {
        // exec, so that a signal meets the command alone: the shell around it would die of it and take its exit code along.
        command: words.length === 0 ? null : `exec ${commandLine(words)}`,
        tty: tty ? { term: cli.io.env['TERM'] || 'xterm-256color', ...sizeOf(cli.io.stdout) } : null,
      },
    })
  } finally {
    signal.removeEventListener('abort', abort)
    socket.terminate()
  }
}
