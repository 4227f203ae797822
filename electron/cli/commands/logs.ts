import { existsSync } from 'node:fs'
import { readLog } from '#base/log-reader.ts'
import { CoveError } from '#contract/errors.ts'
import type { LogName } from '#contract/log.ts'
import { defineCommand, flag } from '../declare.ts'
import { harmless } from '#base/harmless.ts'
import { oneOf, valueOption, wholeNumber } from '../values.ts'

const logWords = {
  engine: 'what Cove itself does',
  guest: 'the serial console of the guest',
  qemu: 'what QEMU printed',
} as const satisfies Record<LogName, string>

/** `cove logs` */
export const logs = defineCommand({
  name: 'logs',
  group: 'Look inside:',
  summary: "show a log: the engine's (the default), the guest's or QEMU's",
  details: 'Reads the files, so it works with the engine off. On a terminal control characters are shown as escapes; a pipe gets them as they are.',
  operands: { log: { arity: 'optional', summary: 'engine, guest or qemu', ...oneOf('a log', logWords) } },
  options: {
    follow: flag('go on with what is written', { short: 'f' }),
    tail: valueOption('n', { short: 'n', summary: 'begin with the last n lines', parse: wholeNumber('a number of lines', { min: 0, max: 1_000_000_000 }) }),
  },
  examples: ['cove logs --tail 50 guest', 'cove logs --follow'],
  async run({ operands, options }, cli) {
    const name = operands.log ?? 'engine'
    const path = cli.paths.logs[name]
    if (!existsSync(cli.paths.logsDir)) {
      throw new CoveError('log.missing', { message: `there is no ${name} log yet in "${cli.paths.logsDir}"`, about: { path: cli.paths.logsDir }, hint: 'Start Cove first: cove start' })
    }
    const lines = readLog({ path, follow: options.follow === true, tail: options.tail ?? null, signal: cli.signal })
    for await (const chunk of lines) await cli.out.flow(cli.out.isTTY ? harmless(chunk) : chunk, cli.signal)
    cli.signal.throwIfAborted()
  },
})
