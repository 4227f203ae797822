import { leaveOutUndici } from '#base/without-undici.ts'
import { CoveError } from '#contract/errors.ts'
import type { CliIo, StopSignal } from './io.ts'
import { runCli } from './run-cli.ts'

leaveOutUndici()

const exitCodes: Record<StopSignal, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

/** The stop signals of this process: the first cancels the command, the second ends the process at once. */
class StopSignals {
  readonly #controller = new AbortController()
  #interceptor: ((name: StopSignal) => void) | undefined
  #first: StopSignal | undefined

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.#receive(name))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The exit code that tells of the signal, if one cancelled the command. */
  get exitCode(): number | undefined {
    return this.#first && exitCodes[this.#first]
  }

  intercept(listener: (name: StopSignal) => void): Disposable {
    this.#interceptor = listener
    return { [Symbol.dispose]: () => (this.#interceptor = undefined) }
  }

  #receive(name: StopSignal): void {
    if (this.#interceptor) return this.#interceptor(name)
    if (this.#first) process.exit(exitCodes[this.#first])
    this.#first = name
    this.#controller.abort(new CoveError('operation.cancelled', { message: 'interrupted' }))
  }
}

/** A reader that went away (`cove logs | head`) ends us quietly; any other failing write is an error. */
function endOnBrokenOutput(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    if (stream === process.stdout) process.stderr.write(`cove: cannot write the output: ${error.message}\n`)
    process.exit(new CoveError('file.unwritable', { message: error.message, about: { path: 'stdout' } }).exitCode)
  })
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

endOnBrokenOutput(process.stdout)
endOnBrokenOutput(process.stderr)
const signals = new StopSignals()
const io: CliIo = {
  // Opened on first use: opening it already reads from a terminal's settings.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  signal: signals.signal,
  interceptSignals: (listener) => signals.intercept(listener),
  connect: async (options) => (await import('#base/engine-client.ts')).connectEngine(options),
  ensure: async (options) => (await import('#base/engine-process.ts')).ensureEngine(options),
}
const exitCode = await runCli(process.argv.slice(2), io)
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
process.exit(signals.exitCode ?? exitCode)
