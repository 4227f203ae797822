import { useSyncExternalStore } from 'react'
import { Clock } from './clock.ts'

const clocks = new Map<number, Clock>()
const never = (): (() => void) => () => undefined

/** The time, renewed at this pace while the window can be seen. */
export function useNow(everyMs: number, isWanted = true): number {
  const clock = clocks.get(everyMs) ?? new Clock(everyMs)
  clocks.set(everyMs, clock)
  return useSyncExternalStore(isWanted ? clock.subscribe : never, clock.read)
}
