import { Duplex } from 'node:stream'
import type { Channel } from 'ssh2'

/** What a channel's stream needs besides the channel. */
export interface ChannelStreamOptions {
  channel: Channel
  /** Calls back once the session's TCP socket has room: ssh2 itself never waits for it. */
  whenWritable(callback: () => void): void
}

/**
 * An ssh2 channel as a well-behaved Duplex: half-close both ways, back-pressure down to the TCP socket,
 * `destroy` closes the channel, `close` always comes. What is written after the guest closed its end is dropped,
 * as a kernel would; the stream then closes once its readable side has been read.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Channel
  readonly #whenWritable: ChannelStreamOptions['whenWritable']
  #writing: (() => void) | undefined
  #isGone = false

  constructor({ channel, whenWritable }: ChannelStreamOptions) {
    // Both directions may have ended long before the guest closes the channel, which is when an exit status has come.
    super({ allowHalfOpen: true, autoDestroy: false })
    this.#channel = channel
    this.#whenWritable = whenWritable
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause()
    })
    channel.on('end', () => this.push(null))
    channel.on('close', () => this.#onGone())
    channel.on('error', (error: Error) => this.destroy(error))
    // A lost session fails every stream at once; one that nobody listens to must not end the engine.
    this.on('error', () => undefined)
    this.once('end', () => this.#isGone && this.destroy())
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!isOpen(this.#channel)) return done()
    this.#writing = done
    this.#channel.write(chunk, () => this.#whenWritable(() => this.#settleWrite()))
  }

  override _final(done: () => void): void {
    // Not `end`: ssh2 would close the channel as soon as both directions have ended.
    this.#channel.eof()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.destroy()
    // Whatever still arrives is thrown away, so that the channel can end.
    this.#channel.removeAllListeners('data').resume()
    done(error)
  }

  #settleWrite(): void {
    const done = this.#writing
    this.#writing = undefined
    done?.()
  }

  /** The guest closed the channel; ssh2 says so once all of its data was read. */
  #onGone(): void {
    this.#isGone = true
    this.#settleWrite()
    if (this.readableEnded) this.destroy()
  }
}

/** ssh2 drops a write to a channel that is not open, together with its callback. */
function isOpen(channel: Channel): boolean {
  const { outgoing } = channel
  return typeof outgoing === 'object' && outgoing !== null && 'state' in outgoing && outgoing.state === 'open'
}
