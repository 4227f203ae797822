import type { Activity, Hold } from './activity.ts'

/** How often is looked whether anything passed, in ms, while somebody waits for it. */
const lookMs = 30_000
/** So many times in a row nothing: five minutes. BuildKit's clients say something every few seconds, pulls and pushes as they go. */
const silentLooks = 10

/**
 * Tells those who use Docker from those whose connection is only open: `docker events`, or a program that keeps one for
 * later. Looks, and calls `onLook`, only until disposed: nothing tells of bytes that do not come.
 */
export class UseWatch implements Disposable {
  readonly #activity: Pick<Activity, 'holds'>
  readonly #timer: NodeJS.Timeout
  #seen = new Map<Hold, { bytes: number; silent: number }>()

  constructor({ activity, onLook }: { activity: Pick<Activity, 'holds'>; onLook: () => void }) {
    this.#activity = activity
    this.#look()
    this.#timer = setInterval(() => {
      this.#look()
      onLook()
    }, lookMs).unref()
  }

  /** Whether anybody uses Docker: whoever came since the last look does. */
  get isUsed(): boolean {
    return [...this.#activity.holds].some((hold) => {
      const seen = this.#seen.get(hold)
      return !seen || seen.silent < silentLooks || seen.bytes !== hold.traffic?.()
    })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const former = this.#seen
    this.#seen = new Map()
    for (const hold of this.#activity.holds) {
      if (!hold.traffic) continue
      const bytes = hold.traffic()
      const known = former.get(hold)
      this.#seen.set(hold, { bytes, silent: known?.bytes === bytes ? known.silent + 1 : 0 })
    }
  }
}
