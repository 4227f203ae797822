import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger } from '#base/log.ts'
import { type Frame, FrameReader, fromGuest } from './frames.ts'

/** resources/guest/shares/port.c; both differ from the start of any frame. */
const markOfHost = Buffer.from([0xc0, 0x5e, ...Buffer.from('cove-host'), 0xff, 0x01, 0x9d, 0xa7, 0xe3])
const markOfGuest = Buffer.from([0xc0, 0x5e, ...Buffer.from('cove-gues'), 0xff, 0x01, 0x9d, 0xa7, 0xe4])

/** How often the guest is greeted until it answers; it may be booting, or paused. */
const firstGreetingMs = 500
const slowestGreetingMs = 4000
/** How much may wait for the guest to take it before nothing more is read from it. */
const mostUnsent = 4 * 1024 * 1024

/** Where a share port is to be connected to, or the port itself. */
export type SharePort = string | Duplex

/** What a link tells. */
export interface LinkHandler {
  /** The guest answers, and everything it said before counts no more. */
  met(hello: Buffer): void
  frame(frame: Frame): void
  /** A turn's frames are all handled. */
  turnEnded(): void
  closed(): void
}

/** Our end of the share port: finds the guest, whatever was on the line before, and carries frames. */
export class ShareLink implements Disposable {
  readonly #socket: Duplex
  readonly #handler: LinkHandler
  readonly #log: Logger
  readonly #reader = new FrameReader()
  #nonce: Buffer | undefined
  #sought: Buffer = Buffer.alloc(0)
  #greeting: NodeJS.Timeout | undefined
  #isCorked = false
  #broken = 0

  constructor(port: SharePort, handler: LinkHandler, log: Logger) {
    this.#handler = handler
    this.#log = log
    this.#socket = typeof port === 'string' ? connect(port, () => this.#greet()) : port
    if (typeof port !== 'string') this.#greet()
    this.#socket.on('data', (chunk) => this.#onData(chunk))
    this.#socket.on('drain', () => this.#socket.resume())
    this.#socket.on('error', (error) => log.debug('share port', { error: error.message }))
    this.#socket.on('close', () => {
      clearTimeout(this.#greeting)
      handler.closed()
    })
  }

  /** Sends a frame; together with the others of this turn. */
  send(message: Buffer): void {
    if (this.#socket.destroyed) return
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(message)
    if (this.#socket.writableLength > mostUnsent) this.#socket.pause()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#greeting)
    this.#socket.destroy()
  }

  #greet(delayMs = firstGreetingMs): void {
    this.#nonce ??= randomBytes(16)
    this.#socket.write(Buffer.concat([markOfHost, this.#nonce]))
    this.#greeting = setTimeout(() => this.#greet(Math.min(delayMs * 2, slowestGreetingMs)), delayMs).unref()
  }

  #onData(chunk: Buffer): void {
    const data = this.#nonce ? this.#seek(chunk) : chunk
    if (data.length === 0) return
    const frames = this.#reader.push(data)
    if (frames === 'broken') return this.#begin()
    for (const frame of frames) {
      if (frame.kind === fromGuest.lost) return this.#begin()
      if (frame.kind === fromGuest.hello) this.#handler.met(frame.data)
      else this.#handler.frame(frame)
    }
    this.#handler.turnEnded()
  }

  /** Everything up to our own number comes from before we were here. */
  #seek(chunk: Buffer): Buffer {
    const sign = Buffer.concat([markOfGuest, this.#nonce!])
    this.#sought = Buffer.concat([this.#sought, chunk])
    const at = this.#sought.indexOf(sign)
    if (at < 0) {
      this.#sought = this.#sought.subarray(Math.max(0, this.#sought.length - sign.length + 1))
      return Buffer.alloc(0)
    }
    const rest = this.#sought.subarray(at + sign.length)
    this.#sought = Buffer.alloc(0)
    this.#nonce = undefined
    clearTimeout(this.#greeting)
    this.#reader.reset()
    return rest
  }

  /** The guest speaks nonsense, or heard some: both begin anew. */
  #begin(): void {
    this.#broken++
    if (/^10*$/.test(String(this.#broken))) this.#log.warn('the share port begins anew', { times: this.#broken })
    this.#reader.reset()
    clearTimeout(this.#greeting)
    this.#greet(firstGreetingMs)
  }
}
