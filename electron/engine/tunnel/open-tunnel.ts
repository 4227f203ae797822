import { EventEmitter, once } from 'node:events'
import type { Duplex } from 'node:stream'
import { CoveError } from '#contract/errors.ts'
import { cancelled, withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import { dialSshd } from './dial.ts'
import { dialError } from './failure.ts'
import { captureOutput, commandLine, guestProcess } from './guest-process.ts'
import { defaultLimits, retryDelayMs, type TunnelLimits } from './limits.ts'
import { SshSession } from './ssh-session.ts'
import { describeTarget, type GuestCommand, type GuestProcess, type Tunnel, type TunnelEvents, type TunnelTarget } from './tunnel.ts'

/** What a tunnel is opened with. */
export interface TunnelOptions {
  target: TunnelTarget
  log: Logger
  limits?: Partial<TunnelLimits>
}

/** Starts dialling and returns at once; `ready` tells when the tunnel is up. */
export function openTunnel(options: TunnelOptions): Tunnel {
  return new SshTunnel(options)
}

class SshTunnel extends EventEmitter<TunnelEvents> implements Tunnel {
  readonly #target: TunnelTarget
  readonly #log: Logger
  readonly #limits: TunnelLimits
  readonly #end = new AbortController()
  readonly #done: Promise<void>
  #session: SshSession | undefined
  #next = deferred<SshSession>()
  #lastFailure: CoveError | undefined
  /** Ends the present wait: a back-off, a dial without an answer, or the rest after a refusal. */
  #wake = new AbortController()

  constructor({ target, log, limits }: TunnelOptions) {
    super()
    this.setMaxListeners(0)
    this.#target = target
    this.#log = log
    this.#limits = { ...defaultLimits, ...limits }
    this.#done = this.#keepUp()
  }

  get isUp(): boolean {
    return this.#session !== undefined
  }

  nudge(): void {
    this.#wake.abort()
  }

  reset(): void {
    this.#session?.close()
    this.nudge()
  }

  async ready(signal: AbortSignal): Promise<void> {
    await this.#bounded({ what: 'the connection to the guest', ms: this.#limits.readyMs, signal }, () => this.#present())
  }

  openSocket(guestPath: string, signal?: AbortSignal): Promise<Duplex> {
    return this.#open(`a connection to "${guestPath}" in the guest`, signal, (session, bounded) => session.openSocket(guestPath, bounded))
  }

  async run(command: GuestCommand): Promise<GuestProcess> {
    const what = command.command === null ? 'a shell in the guest' : `"${command.command}" to start in the guest`
    const line = { command: commandLine(command), tty: command.tty }
    const started = await this.#open(what, command.signal, (session, bounded) => session.exec(line, bounded))
    return guestProcess(command, { ...started, kill: (group, signal) => this.#kill(group, signal) })
  }

  async capture(command: string, signal?: AbortSignal): Promise<string> {
    const limit = { what: `"${command}" in the guest`, ms: this.#limits.captureMs, ...(signal ? { signal } : {}) }
    return await withLimit(limit, async (bounded) => {
      await using process = await this.run({ command, tty: null, signal: bounded })
      return await captureOutput(command, process)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(cancelled('the connection to the guest'))
    this.#wake.abort()
    this.#session?.close()
    await this.#done
  }

  #kill(group: number, signal: string): void {
    if (!Number.isInteger(group) || group < 2 || !/^[A-Z0-9]+$/.test(signal)) return
    this.capture(`kill -s ${signal} -- -${group}`).catch((error: unknown) => this.#log.debug('no signal was sent', { signal, error }))
  }

  /** Opens on the present session, or on the next one when that is lost before the channel is open. */
  #open<T>(what: string, signal: AbortSignal | undefined, open: (session: SshSession, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#bounded({ what, ms: this.#limits.openMs, ...(signal ? { signal } : {}) }, async (bounded) => {
      for (;;) {
        const session = this.#session ?? (await this.#present())
        try {
          return await open(session, bounded)
        } catch (error) {
          if (!session.isLost || this.#end.signal.aborted || bounded.aborted) throw error
          await session.lost
        }
      }
    })
  }

  #bounded<T>(limit: { what: string; ms: number; signal?: AbortSignal }, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lastFailure = (): string | undefined => (this.isUp ? undefined : this.#lastFailure?.message)
    return withLimit(
      {
        ...limit,
        code: 'tunnel.unreachable',
        get hint() {
          return lastFailure() ?? 'The guest may be overloaded or paused; see "cove status" and "cove logs guest".'
        },
      },
      work,
    )
  }

  #present(): Promise<SshSession> {
    return this.#next.promise
  }

  /** Dials, serves and dials again until disposed. */
  async #keepUp(): Promise<void> {
    let failures = 0
    while (!this.#end.signal.aborted) {
      this.#wake = new AbortController()
      const session = await this.#connect().catch((error: unknown) => this.#onFailure(error))
      if (session) {
        failures = 0
        await this.#serve(session)
      } else if (!this.#wake.signal.aborted) {
        failures += 1
        await this.#rest(this.#lastFailure?.code === 'tunnel.refused' ? undefined : retryDelayMs(failures, this.#limits))
      }
    }
    this.#next.reject(this.#end.signal.reason)
  }

  async #connect(): Promise<SshSession> {
    const signal = AbortSignal.any([this.#end.signal, this.#wake.signal])
    const socket = await dialSshd({ target: this.#target, limits: this.#limits, signal })
    // Past the banner a nudge has nothing to add, so only the end of the tunnel interrupts.
    return await SshSession.login({ target: this.#target, socket, limits: this.#limits, signal: this.#end.signal })
  }

  #onFailure(error: unknown): undefined {
    if (this.#end.signal.aborted || this.#wake.signal.aborted) return
    const failure = dialError(describeTarget(this.#target), error)
    const isNews = failure.message !== this.#lastFailure?.message
    this.#lastFailure = failure
    if (failure.code === 'tunnel.refused') {
      this.#log.error(failure.message)
      // Those who wait now learn it, and so do those who ask until the next dial is made.
      this.#next.reject(failure)
    } else if (isNews) this.#log.debug(failure.message)
  }

  async #serve(session: SshSession): Promise<void> {
    this.#session = session
    this.#lastFailure = undefined
    this.#next.resolve(session)
    this.#log.info('connected to the guest', { by: describeTarget(this.#target) })
    this.emit('up')
    const reason = await session.lost
    this.#session = undefined
    this.#next = deferred()
    if (this.#end.signal.aborted) return
    this.#log.warn(reason.message)
    this.emit('down', reason)
  }

  /** Waits for the time (or for ever after a refusal), a nudge or the end. */
  async #rest(ms: number | undefined): Promise<void> {
    const wake = this.#wake
    const timer = ms === undefined ? undefined : setTimeout(() => wake.abort(), ms)
    if (!wake.signal.aborted && !this.#end.signal.aborted) await once(wake.signal, 'abort')
    clearTimeout(timer)
    if (ms === undefined) this.#next = deferred()
  }
}

/** A promise that may be rejected before anybody waits for it. */
function deferred<T>(): PromiseWithResolvers<T> {
  const own = Promise.withResolvers<T>()
  own.promise.catch(() => undefined)
  return own
}
