import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import { CoveError } from '#contract/errors.ts'
import { lineSplitter } from './lines.ts'

/** QMP messages may be long (query-block), but not endless. */
const maxMessageBytes = 4 * 1024 * 1024

const Message = z.union([
  z.object({ QMP: z.unknown() }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).default({}) }),
  z.object({ return: z.unknown(), id: z.int() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.int().optional() }),
])

/** An event of QEMU, e.g. STOP, RESUME, SHUTDOWN, BLOCK_IO_ERROR (qemu-qmp-ref(7)). */
export interface QmpEvent {
  name: string
  data: Record<string, unknown>
}

interface Pending {
  command: string
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A session with QEMU's monitor; garbage on the wire is logged and skipped. */
export class QmpClient implements Disposable {
  readonly #socket: Socket
  readonly #log: Logger
  readonly #events = new EventEmitter<{ event: [QmpEvent] }>()
  readonly #pending = new Map<number, Pending>()
  readonly #greeted = Promise.withResolvers<void>()
  readonly #closed = Promise.withResolvers<void>()
  #nextId = 1
  #isClosed = false

  /**
   * Greets QEMU over a connected (or connecting) socket; the client owns the socket from then on.
   * @throws CoveError `vm.start-failed` when the monitor does not answer in `ms` or closes.
   */
  static async open(socket: Socket, options: { log: Logger; ms: number; signal?: AbortSignal }): Promise<QmpClient> {
    const client = new QmpClient(socket, options.log)
    const limit = { what: "QEMU's monitor to answer", code: 'vm.start-failed' as const, ...options }
    try {
      await withLimit(limit, async () => {
        await client.#greeted.promise
        await client.execute('qmp_capabilities', {}, options.ms)
      })
      return client
    } catch (error) {
      client[Symbol.dispose]()
      throw error
    }
  }

  private constructor(socket: Socket, log: Logger) {
    this.#socket = socket
    this.#log = log
    this.#greeted.promise.catch(() => undefined)
    const warn = (what: string): void => log.warn('monitor sent something unexpected', { what })
    const feed = lineSplitter({
      maxBytes: maxMessageBytes,
      onLine: (line) => this.#receive(line),
      onOversize: () => warn('a message over 4 MiB'),
    })
    socket.on('data', feed)
    socket.on('error', (error) => log.debug('monitor socket', { error: error.message }))
    socket.on('close', () => this.#end())
  }

  /** Settles when the session is over, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Calls `listener` for every event until the session ends or it is disposed. */
  onEvent(listener: (event: QmpEvent) => void): Disposable {
    this.#events.on('event', listener)
    return { [Symbol.dispose]: () => void this.#events.off('event', listener) }
  }

  /**
   * Runs one command and returns its result.
   * @throws CoveError `vm.not-running` when the session is or gets closed, `vm.step-timeout` after `ms`, `internal.bug` with QEMU's words when it refuses.
   */
  async execute(command: string, args: Record<string, unknown> = {}, ms = 5000): Promise<unknown> {
    if (this.#isClosed) throw closedError(command)
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#pending.set(id, { command, resolve, reject })
    try {
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
      return await withLimit({ what: `QEMU to answer "${command}"`, ms, code: 'vm.step-timeout' }, () => promise)
    } finally {
      this.#pending.delete(id)
    }
  }

  /** Whether QEMU is still there: one that dies closes the session instead of answering. */
  async answers(): Promise<boolean> {
    await this.execute('query-status').catch(() => undefined)
    return !this.#isClosed
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
    this.#end()
  }

  #receive(line: string): void {
    const parsed = Message.safeParse(parseJson(line))
    if (!parsed.success) return this.#log.warn('monitor sent something unexpected', { what: line.slice(0, 200) })
    const message = parsed.data
    if ('QMP' in message) this.#greeted.resolve()
    else if ('event' in message) this.#events.emit('event', { name: message.event, data: message.data })
    else if ('return' in message) this.#pending.get(message.id)?.resolve(message.return)
    else this.#refuse(message.error.desc, message.id)
  }

  #refuse(why: string, id: number | undefined): void {
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (!pending) return this.#log.warn('monitor reported an error nobody asked for', { why })
    pending.reject(new CoveError('internal.bug', { message: `QEMU refused "${pending.command}": ${why}` }))
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#greeted.reject(new CoveError('vm.start-failed', { message: "QEMU's monitor closed before it answered" }))
    for (const { command, reject } of this.#pending.values()) reject(closedError(command))
    this.#closed.resolve()
  }
}

function closedError(command: string): CoveError {
  return new CoveError('vm.not-running', { message: `cannot send "${command}": QEMU's monitor is closed` })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
