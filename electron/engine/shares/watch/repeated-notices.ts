/** How long further changes of a file wait after one was told, in ms; a change is to be seen within 50. */
const apartMs = 25

/**
 * Notices to the kernel that what it holds of a node is old. A log that grows a thousand times a second is told forty
 * times a second, and the last of its changes always; one that the guest looks at meanwhile is told at once again.
 */
export class RepeatedNotices implements Disposable {
  readonly #send: (id: number, content: boolean) => void
  /** What was told lately, and whether something is to be told once more: `true` when content is. */
  #lately = new Map<number, boolean | undefined>()
  #timer: NodeJS.Timeout | undefined

  constructor(send: (id: number, content: boolean) => void) {
    this.#send = send
  }

  tell(id: number, content: boolean): void {
    if (this.#lately.has(id)) return void this.#lately.set(id, content || this.#lately.get(id) === true)
    this.#lately.set(id, undefined)
    this.#timer ??= setTimeout(() => this.#pass(), apartMs).unref()
    this.#send(id, content)
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
    for (const [id, content] of waiting) if (content !== undefined) this.tell(id, content)
  }
}
