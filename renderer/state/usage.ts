import { useEffect } from 'react'
import type { UsageRound } from '#contract/usage.ts'
import { connection } from './connection.ts'
import { Store } from './store.ts'
import { followStream } from './streams.ts'
import { addRound, type UsageTrail } from './usage-trails.ts'

/** What all running containers use, by id, while a list is shown. */
export const usages = new Store<ReadonlyMap<string, UsageTrail>>(new Map())

/** Follows what containers use while the component is shown and the window can be seen. */
export function useUsages(): void {
  useEffect(() => {
    let leaving = new AbortController()
    const follow = (): void => {
      leaving.abort()
      const { api } = connection.value
      if (!api || document.hidden) return
      leaving = new AbortController()
      const { signal } = leaving
      const onItems = (rounds: UsageRound[]): void => usages.set(rounds.reduce(addRound, usages.value))
      void followStream((ending) => api.container.usage(undefined, { signal: ending }), { onItems }, signal)
    }
    const unsubscribe = connection.subscribe(follow)
    document.addEventListener('visibilitychange', follow)
    follow()
    return () => {
      unsubscribe()
      document.removeEventListener('visibilitychange', follow)
      leaving.abort()
    }
  }, [])
}
