import { Duplex } from 'node:stream'
import { MessageChannel, type MessagePort } from 'node:worker_threads'

/** What the far end has taken; everything else that travels is bytes. */
const taken = 'taken'

/** A stream of bytes between two threads; each end sends no more until the far one has taken what it sent. */
export class MessageLine extends Duplex {
  readonly #port: MessagePort
  #onTaken: (() => void) | undefined
  /** What came has not been asked for yet, which the far end waits to hear. */
  #isOwing = false

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('message', (message: unknown) => this.#onMessage(message))
    port.once('close', () => this.destroy())
  }

  /** Lets the thread end while this is open. */
  unref(): this {
    this.#port.unref()
    return this
  }

  override _read(): void {
    if (!this.#isOwing) return
    this.#isOwing = false
    this.#port.postMessage(taken)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#onTaken = done
    this.#port.postMessage(chunk)
  }

  /** What waited for the far end goes together. */
  override _writev(chunks: readonly { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close()
    done(error)
  }

  #onMessage(message: unknown): void {
    if (message === taken) {
      const done = this.#onTaken
      this.#onTaken = undefined
      done?.()
    } else if (message instanceof Uint8Array) {
      if (this.push(Buffer.from(message.buffer, message.byteOffset, message.byteLength))) this.#port.postMessage(taken)
      else this.#isOwing = true
    }
  }
}

/** Leads a stream to another thread, which gets `end`; disposing leaves the stream open, for the next one. */
export function relayToThread(stream: Duplex): Disposable & { end: MessagePort } {
  const { port1, port2 } = new MessageChannel()
  const line = new MessageLine(port1).unref()
  const onClose = (): void => void line.destroy()
  stream.once('close', onClose)
  stream.pipe(line, { end: false })
  line.pipe(stream, { end: false })
  return {
    end: port2,
    [Symbol.dispose]: () => {
      stream.off('close', onClose)
      stream.unpipe(line)
      line.unpipe(stream)
      line.destroy()
    },
  }
}
