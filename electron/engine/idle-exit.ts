import type { Machine } from './life/machine.ts'

/** Who may still need the engine. */
export interface IdleOptions {
  machine: Machine
  /** Connected clients of both sockets. */
  users: () => number
  onUsers: (listener: () => void) => void
  /** How long nobody may need the engine before it ends, in ms. */
  graceMs: number
  exit: () => void
}

/** Ends the engine once the vm is off and nobody has been connected for a while, so that Cove costs nothing when unused. */
export function exitWhenIdle({ machine, users, onUsers, graceMs, exit }: IdleOptions): Disposable {
  let timer: NodeJS.Timeout | undefined
  let isDisposed = false
  const review = (): void => {
    clearTimeout(timer)
    if (isDisposed) return
    timer = machine.state === 'off' && users() === 0 ? setTimeout(exit, graceMs) : undefined
  }
  onUsers(review)
  const listening = machine.onChange(review)
  review()
  return {
    [Symbol.dispose]() {
      isDisposed = true
      clearTimeout(timer)
      listening[Symbol.dispose]()
    },
  }
}
