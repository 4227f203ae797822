import type { Machine } from './life/machine.ts'
import { trimMemory } from './memory-trim.ts'

/** Long enough for the last work of what has ended to be done, in ms. */
const settleMs = 3000

/** After what garbage is collected. */
export interface SaverOptions {
  machine: Pick<Machine, 'onChange'>
  /** Told whenever clients of a socket come or go. */
  onUsers(listener: () => void): void
}

/**
 * Collects garbage once after each change of state and after the last of several clients has gone: V8 leaves what they
 * needed in memory as long as nothing new is allocated, which in an idle engine is for ever. Does nothing unless started
 * with --expose-gc.
 */
export function saveMemory({ machine, onUsers }: SaverOptions): Disposable {
  let seen = ''
  // Without a vm it has nothing to do until somebody comes.
  const collectNow = (): void => collect({ withCode: seen === 'asleep' })
  const afterChange = new Later(collectNow)
  const afterUse = new Later(collectNow)
  const listening = machine.onChange(({ state, step }) => {
    // A vm that is asleep is done with more than one that falls asleep.
    const now = state === 'sleeping' && step === null ? 'asleep' : state
    if (now === seen) return
    seen = now
    afterChange.collect()
  })
  // Whoever comes again and again puts it off: an engine in use collects by itself.
  onUsers(() => afterUse.collect())
  return {
    [Symbol.dispose]() {
      afterChange[Symbol.dispose]()
      afterUse[Symbol.dispose]()
      listening[Symbol.dispose]()
    },
  }
}

/** One collection in a while; asked again, the while begins anew. */
class Later implements Disposable {
  readonly #work: () => void
  #timer: NodeJS.Timeout | undefined
  #isDisposed = false

  constructor(work: () => void) {
    this.#work = work
  }

  collect(): void {
    clearTimeout(this.#timer)
    if (!this.#isDisposed) this.#timer = setTimeout(this.#work, settleMs).unref()
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    clearTimeout(this.#timer)
  }
}

/** Collects garbage once what has just ended has settled: for work that moved much and comes rarely. */
export function collectSoon(): void {
  setTimeout(collect, settleMs, { withCode: false }).unref()
}

function collect(how: { withCode: boolean }): void {
  // The thorough kind: it drops compiled code that was not used since, too. 4 MB more than the plain one.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  trimMemory(how)
}
