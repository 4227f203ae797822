import { EventEmitter } from 'node:events'

/** Somebody who needs the vm. */
export interface Hold {
  /** Bytes that have passed so far, where that tells whether anything is going on. */
  readonly traffic?: () => number
}

/** Who needs the running vm now, clients that only watch left out: nobody, and it may fall asleep. */
export class Activity {
  readonly #events = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  readonly #holds = new Set<Hold>()

  /** Whether anybody needs the vm. */
  get isBusy(): boolean {
    return this.#holds.size > 0
  }

  /** All who need it. */
  get holds(): Iterable<Hold> {
    return this.#holds
  }

  /** Keeps the vm awake until disposed. */
  hold(held: Hold = {}): Disposable {
    // One of its own, whoever else gives the same.
    const own = { ...held }
    this.#holds.add(own)
    this.#events.emit('change')
    return {
      [Symbol.dispose]: () => {
        if (this.#holds.delete(own)) this.#events.emit('change')
      },
    }
  }

  /** Calls `listener` whenever somebody comes or goes. */
  onChange(listener: () => void): Disposable {
    this.#events.on('change', listener)
    return { [Symbol.dispose]: () => void this.#events.off('change', listener) }
  }
}
