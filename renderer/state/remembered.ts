import { useCallback, useState } from 'react'

/** What views remember from one visit to the next, until the window closes. */
const memory = new Map<string, unknown>()

/** A state that is still there when one comes back to a view. */
export function useRemembered<T>(key: string, initial: T): [value: T, set: (value: T) => void] {
  const [value, setValue] = useState<T>(() => (memory.has(key) ? (memory.get(key) as T) : initial))
  const set = useCallback((next: T): void => {
    memory.set(key, next)
    setValue(next)
  }, [key])
  return [value, set]
}

/** Notes something for the next visit without drawing anything anew, such as how far a list is scrolled. */
export function remember(key: string, value: unknown): void {
  memory.set(key, value)
}

/** What was noted, or what to begin with. */
export function recall<T>(key: string, initial: T): T {
  return memory.has(key) ? (memory.get(key) as T) : initial
}
