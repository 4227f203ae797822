import type { UsageRound } from '#contract/usage.ts'
import type { Logger } from '#base/log.ts'
import type { Companion } from '../life/parts.ts'
import type { Machine } from '../life/machine.ts'
import type { Store } from '../store/store.ts'
import { Sampler } from './sampler.ts'

/** What containers use, over every session. */
export class UsageWatch {
  readonly #parts: { store: Pick<Store, 'samples'>; machine: Machine; log: Logger }
  #sampler: Sampler | undefined

  constructor(parts: { store: Pick<Store, 'samples'>; machine: Machine; log: Logger }) {
    this.#parts = parts
  }

  readonly companion: Companion = {
    name: 'usage',
    joinSession: async ({ docker, vm }) => {
      const sampler = new Sampler({ docker, samples: this.#parts.store.samples, log: this.#parts.log, isPaused: () => vm.pausedBy !== null })
      this.#sampler = sampler
      return {
        [Symbol.asyncDispose]: async () => {
          if (this.#sampler === sampler) this.#sampler = undefined
          sampler[Symbol.dispose]()
        },
      }
    },
  }

  /** Rounds for as long as somebody listens; while the vm does not run an empty one, then silence. */
  async *watch(signal: AbortSignal): AsyncGenerator<UsageRound> {
    while (!signal.aborted) {
      const sampler = this.#sampler
      if (sampler) yield* sampler.watch(signal)
      if (signal.aborted) return
      yield { usages: [] }
      await this.#parts.machine.until(({ state }) => state === 'running' && this.#sampler !== sampler && this.#sampler !== undefined, signal)
    }
  }
}
