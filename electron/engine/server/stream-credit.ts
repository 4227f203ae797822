import { creditHeader, creditWindow } from '#contract/stream-credit.ts'

/** What the engine may still send of one stream. */
interface Held {
  id: string
  credit: number
  resume: () => void
}

/** More streams than these of one client are not counted, and not held back. */
const maxStreams = 4096
/** An item of a stream, as oRPC writes it: `{"i":"7","t":3,…`. */
const item = /^\{"i":"([\w-]{1,40})","t":3,"p":\{"e":"message"/

/** Counts, for one client, the items of each stream that it has not read. */
export class StreamCredit {
  readonly #byId = new Map<string, Held>()
  readonly #byName = new Map<string, Held>()

  /** Streams and calls that are counted now. */
  get counted(): number {
    return this.#byId.size
  }

  /** Takes in a message of the client; whether it was about credit and is none of oRPC's. */
  hear(message: object): boolean {
    if ('credit' in message) {
      this.#grant(message)
      return true
    }
    if (!('i' in message)) return false
    const { i: id, t: type = 1, p: payload } = message as { i: unknown; t?: unknown; p?: { h?: Record<string, unknown> } | null }
    if (type === 4) this.#end(String(id))
    const name = type === 1 ? payload?.h?.[creditHeader] : undefined
    if (typeof name !== 'string' || this.#byId.size >= maxStreams) return false
    const held: Held = { id: String(id), credit: creditWindow, resume: () => undefined }
    this.#byId.set(held.id, held)
    this.#byName.set(name, held)
    return false
  }

  /** Told each frame that is sent; resolves when the next of the same stream may be. Undefined when that is at once. */
  sent(frame: string): Promise<void> | undefined {
    const [, id] = item.exec(frame.slice(0, 80)) ?? []
    if (id === undefined) {
      this.#forgetAnswered(frame)
      return undefined
    }
    const held = this.#byId.get(id)
    if (!held || --held.credit > 0) return undefined
    return new Promise((resolve) => (held.resume = resolve))
  }

  #grant(message: { credit?: unknown; items?: unknown }): void {
    const held = this.#byName.get(String(message.credit))
    if (!held || typeof message.items !== 'number' || !(message.items > 0)) return
    held.credit = Math.min(creditWindow, held.credit + message.items)
    held.resume()
  }

  /** A stream that the client left must run on to where it hears of that. */
  #end(id: string): void {
    const held = this.#byId.get(id)
    if (!held) return
    held.credit = Infinity
    held.resume()
    this.#forget(id)
  }

  /** A call whose answer is no stream, or whose stream has ended, needs no credit any more. */
  #forgetAnswered(frame: string): void {
    const [, id, type] = /^\{"i":"([\w-]{1,40})"(?:,"t":(\d))?/.exec(frame.slice(0, 80)) ?? []
    // The head of a stream is short; a long answer is none.
    const isHead = type !== '3' && frame.length < 4096 && frame.includes('text/event-stream')
    if (id !== undefined && !isHead) this.#forget(id)
  }

  #forget(id: string): void {
    const held = this.#byId.get(id)
    this.#byId.delete(id)
    for (const [name, each] of this.#byName) if (each === held) this.#byName.delete(name)
  }
}
