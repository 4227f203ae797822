import { type Old, old } from '../guest-notices.ts'

/** How long further changes of a file wait after one was told, in ms; a change is to be seen within 50. */
const apartMs = 25

/**
 * Notices to the kernel that what it holds of a node is old. A log that grows a thousand times a second is told forty
 * times a second, and the last of its changes always; one that the guest looks at meanwhile is told at once again.
 */
export class RepeatedNotices implements Disposable {
  readonly #send: (id: number, what: Old) => void
  /** What was told lately, and what is to be told once more. */
  #lately = new Map<number, Old | undefined>()
  #timer: NodeJS.Timeout | undefined

  constructor(send: (id: number, what: Old) => void) {
    this.#send = send
  }

  tell(id: number, what: Old): void {
    const waiting = this.#lately.get(id) ?? old.facts
    if (this.#lately.has(id)) return void this.#lately.set(id, what > waiting ? what : waiting)
    this.#lately.set(id, undefined)
    this.#timer ??= setTimeout(() => this.#pass(), apartMs).unref()
    this.#send(id, what)
  }

  /** The kernel is answered something of the node: what waits is in it, and what comes later is news. */
  answered(id: number): void {
    this.#lately.delete(id)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#lately.clear()
  }

  #pass(): void {
    this.#timer = undefined
    const waiting = this.#lately
    this.#lately = new Map()
    for (const [id, what] of waiting) if (what !== undefined) this.tell(id, what)
  }
}
