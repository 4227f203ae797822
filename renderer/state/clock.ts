/** One timer for everybody who wants the time at the same pace: a table has a row for each of hundreds. Stands still while the window is hidden. */
export class Clock {
  readonly #everyMs: number
  readonly #listeners = new Set<() => void>()
  #now = Date.now()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** The time of the last tick; while nobody listens no older than a tick would be. */
  readonly read = (): number => {
    if (this.#timer === undefined && Math.abs(Date.now() - this.#now) >= this.#everyMs) this.#now = Date.now()
    return this.#now
  }

  /** Calls back at each tick until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) {
      document.addEventListener('visibilitychange', this.#update)
      this.#update()
    }
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
      document.removeEventListener('visibilitychange', this.#update)
      this.#stop()
    }
  }

  readonly #update = (): void => {
    this.#stop()
    if (document.hidden) return
    this.#timer = setInterval(this.#tick, this.#everyMs)
    this.#tick()
  }

  readonly #tick = (): void => {
    this.#now = Date.now()
    for (const listener of this.#listeners) listener()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
