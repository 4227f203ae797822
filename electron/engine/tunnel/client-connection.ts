import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type CoveError, toCoveError } from '#contract/errors.ts'
import { cancelled, withLimit } from '#base/limit.ts'
import { joinStreams } from './join-streams.ts'
import { refuse } from './unavailable-reply.ts'

/** Bytes kept of a client that waits; more stay in its own hands. */
const headCap = 64 * 1024

/** What one client of docker.sock needs. */
export interface ClientConnectionOptions {
  client: Socket
  open(signal: AbortSignal): Promise<Duplex>
  openMs: number
  /** Its first byte came; an error refuses it. */
  onSpoken(): CoveError | undefined
  /** It is connected to the guest, was refused, or has gone. */
  onSettled(): void
}

/**
 * One client of docker.sock. Nothing is opened in the guest before its first byte: clients that only connect cost
 * nothing and wake nobody.
 */
export class ClientConnection {
  readonly #options: ClientConnectionOptions
  readonly #client: Socket
  readonly #gone = new AbortController()
  #head: Buffer[] = []
  #headBytes = 0
  #hasEnded = false

  constructor(options: ClientConnectionOptions) {
    this.#options = options
    this.#client = options.client
    this.#client.on('data', this.#onData).on('end', this.#onEnd).on('error', () => undefined)
    this.#client.once('close', () => this.#gone.abort(cancelled('a connection to Docker')))
  }

  readonly #onData = (chunk: Buffer): void => {
    const isFirst = this.#headBytes === 0
    this.#head.push(chunk)
    this.#headBytes += chunk.length
    if (this.#headBytes >= headCap) this.#client.pause()
    if (isFirst) void this.#serve()
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (this.#headBytes === 0) this.#client.destroy()
    // A client that is gone and one that only ended its sending look alike; an empty write fails for the first.
    else this.#client.write('')
  }

  async #serve(): Promise<void> {
    const refusal = this.#options.onSpoken()
    try {
      if (refusal) throw refusal
      this.#join(await this.#open())
    } catch (error) {
      this.#release()
      if (!this.#gone.signal.aborted) refuse(this.#client, toCoveError(error, 'docker.unreachable'), Buffer.concat(this.#head))
    } finally {
      this.#options.onSettled()
    }
  }

  #open(): Promise<Duplex> {
    const limit = { what: 'Docker in the guest', ms: this.#options.openMs, signal: this.#gone.signal, code: 'docker.unreachable' as const }
    return withLimit(limit, async (signal) => {
      const guest = await this.#options.open(signal)
      if (signal.aborted) guest.on('error', () => undefined).destroy()
      return guest
    })
  }

  #join(guest: Duplex): void {
    this.#release()
    for (const chunk of this.#head) guest.write(chunk)
    this.#head = []
    if (this.#client.destroyed) guest.on('error', () => undefined).destroy()
    else joinStreams(this.#client, guest)
    if (this.#hasEnded) guest.end()
  }

  #release(): void {
    this.#client.off('data', this.#onData).off('end', this.#onEnd)
  }
}
