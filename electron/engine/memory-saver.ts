import type { Machine } from './life/machine.ts'

/** Long enough for a start's last work to be done, in ms. */
const settleMs = 3000

/**
 * Collects garbage once after each change of state: V8 leaves what a start needed in memory as long as nothing new is
 * allocated, which in an idle engine is for ever. Does nothing unless started with --expose-gc.
 */
export function saveMemory(machine: Machine): Disposable {
  let timer: NodeJS.Timeout | undefined
  let seen = ''
  const listening = machine.onChange(({ state, step }) => {
    // A vm that is asleep is done with more than one that falls asleep.
    const now = state === 'sleeping' && step === null ? 'asleep' : state
    if (now === seen) return
    seen = now
    clearTimeout(timer)
    timer = setTimeout(collect, settleMs).unref()
  })
  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      listening[Symbol.dispose]()
    },
  }
}

/** Collects garbage once what has just ended has settled: for work that moved much and comes rarely. */
export function collectSoon(): void {
  setTimeout(collect, settleMs).unref()
}

function collect(): void {
  // The thorough kind: it drops compiled code that was not used since, too. 4 MB more than the plain one.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
