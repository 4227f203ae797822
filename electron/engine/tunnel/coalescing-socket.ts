import { Socket, type SocketConstructorOpts } from 'node:net'

/** Bytes that may wait in the socket before writers are asked to pause. */
const highWaterMark = 512 * 1024

/**
 * A TCP socket that sends what one turn of the event loop writes as one piece.
 * ssh2 writes each packet in three parts (length, body, tag); with no-delay set each would be a segment and a system call.
 */
export class CoalescingSocket extends Socket {
  #isCoalescing = false
  readonly #release = (): void => {
    this.#isCoalescing = false
    this.uncork()
  }

  constructor() {
    // Handed on to Duplex; the types do not say so.
    super({ highWaterMark } as SocketConstructorOpts)
    // Every waiting writer listens for 'drain'; see ssh-session.ts.
    this.setMaxListeners(0)
  }

  override write(chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean {
    if (!this.#isCoalescing) {
      this.#isCoalescing = true
      this.cork()
      process.nextTick(this.#release)
    }
    return super.write(chunk, encoding as BufferEncoding, done as () => void)
  }
}
