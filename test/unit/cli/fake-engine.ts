import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { EngineApi, EngineClient } from '#base/engine-client.ts'
import { covePaths } from '#base/paths.ts'
import type { CliIo, InStream, OutStream } from '#cli/io.ts'
import { offStatus } from '#cli/status-view.ts'
import { CoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'

/** A status as an engine would send it. */
export function statusOf(change: Partial<Status> = {}): Status {
  const startedAt = '2026-01-01T00:00:00.000Z'
  return { ...offStatus(covePaths('/cove', 'linux')), engine: { pid: 41, version: '0.1.0', startedAt }, since: startedAt, ...change }
}

/** An engine client that answers from memory: `show` is what the engine says next to all who watch. */
export class FakeEngine implements EngineClient {
  status = statusOf()
  isDisposed = false
  readonly #events = new EventEmitter()
  readonly #gone = Promise.withResolvers<void>()
  readonly closed = this.#gone.promise
  readonly api: EngineApi

  /** The noun's calls given here replace those of the fake. */
  constructor(calls: Record<string, Record<string, unknown>> = {}) {
    const engine = { status: async () => this.status, watch: async (_: unknown, { signal }: { signal: AbortSignal }) => this.#watch(signal), ...calls['engine'] }
    this.api = { ...calls, engine } as unknown as EngineApi
  }

  show(change: Partial<Status>): void {
    this.status = { ...this.status, ...change }
    this.#events.emit('change')
  }

  vanish(): void {
    this.#gone.resolve()
  }

  openShellSocket(): Promise<never> {
    throw new CoveError('vm.not-running', { message: 'no shell here' })
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<Status> {
    let seen: Status | undefined
    while (!signal.aborted) {
      if (seen === this.status) await once(this.#events, 'change', { signal }).catch(() => undefined)
      else yield (seen = this.status)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true
  }
}

/** What a fake terminal or pipe received so far. */
export interface FakeOutput {
  stream: OutStream
  text(): string
}

/** A stream that remembers what is written; with `columns` it is a terminal. */
export function fakeOutput(columns?: number): FakeOutput {
  const stream: OutStream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns, rows: 24 })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

/** The world of one command in a test. */
export interface FakeWorld {
  io: CliIo
  out: FakeOutput
  err: FakeOutput
  stdin: PassThrough
  interrupt(): void
}

/** An io over memory; without an engine both ways to one fail as they do when none can run. */
export function fakeWorld({ engine, columns, env = {} }: { engine?: FakeEngine; columns?: number; env?: NodeJS.ProcessEnv } = {}): FakeWorld {
  const out = fakeOutput(columns)
  const err = fakeOutput(columns)
  const stdin = new PassThrough()
  if (columns !== undefined) Object.assign(stdin, { isTTY: true })
  const stop = new AbortController()
  const reach = async (): Promise<EngineClient> => {
    if (engine) return engine
    throw new CoveError('engine.start-failed', { message: 'the engine cannot start here', hint: 'Do not.' })
  }
  const io: CliIo = {
    stdin: stdin as InStream,
    stdout: out.stream,
    stderr: err.stream,
    env: { COVE_HOME: '/nonexistent/cove', LANG: 'C.UTF-8', ...env },
    cwd: '/',
    // Windows' pipes cannot be looked for on disk, so the client is always asked.
    platform: engine ? 'win32' : 'linux',
    signal: stop.signal,
    interceptSignals: () => ({ [Symbol.dispose]: () => undefined }),
    connect: reach,
    ensure: reach,
  }
  return { io, out, err, stdin, interrupt: () => stop.abort(new CoveError('operation.cancelled', { message: 'interrupted' })) }
}
