import { EventEmitter } from 'node:events'

/** Who needs the running vm now, clients that only watch left out: nobody, and it may fall asleep. */
export class Activity {
  readonly #events = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  #holds = 0

  /** Whether anybody needs the vm. */
  get isBusy(): boolean {
    return this.#holds > 0
  }

  /** Keeps the vm awake until disposed. */
  hold(): Disposable {
    this.#change(1)
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#change(-1)
        isHeld = false
      },
    }
  }

  /** Calls `listener` whenever somebody comes or goes. */
  onChange(listener: () => void): Disposable {
    this.#events.on('change', listener)
    return { [Symbol.dispose]: () => void this.#events.off('change', listener) }
  }

  #change(by: number): void {
    this.#holds += by
    this.#events.emit('change')
  }
}
