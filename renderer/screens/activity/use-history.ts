import { useEffect, useState } from 'react'
import type { EngineEvent } from '#contract/history.ts'
import { connection, type EngineApi } from '../../state/connection.ts'
import { readProblem, type Problem } from '../../state/problem.ts'
import { followStream } from '../../state/streams.ts'
import { useStore } from '../../state/store.ts'
import type { Topic } from './event-text.ts'

/** The history as far as it is there, newest first. */
export interface History {
  events: readonly EngineEvent[]
  isLoading: boolean
  problem: Problem | undefined
}

const pageSize = 1000

/** Everything the engine remembers, page by page, and what happens from now on. */
export function useHistory(topic: Topic | 'all'): History {
  const { api } = useStore(connection)
  const [history, setHistory] = useState<History>({ events: [], isLoading: true, problem: undefined })
  useEffect(() => {
    if (!api) return
    const leaving = new AbortController()
    const { signal } = leaving
    const change = (edit: (former: History) => History): void => {
      if (!signal.aborted) setHistory(edit)
    }
    load(api, { kinds: topic === 'all' ? [] : [topic], signal, change }).catch((error: unknown) => change((former) => ({ ...former, isLoading: false, problem: readProblem(error) })))
    return () => leaving.abort()
  }, [api, topic])
  return history
}

interface Load {
  /** Beginnings of kinds; empty for all. */
  kinds: string[]
  signal: AbortSignal
  change: (edit: (former: History) => History) => void
}

async function load(api: EngineApi, { kinds, signal, change }: Load): Promise<void> {
  const first = await api.activity.list({ kinds, limit: pageSize }, { signal })
  change(() => ({ events: first, isLoading: first.length === pageSize, problem: undefined }))
  const onItems = (items: EngineEvent[]): void => change((former) => ({ ...former, events: [...items.toReversed(), ...former.events] }))
  void followStream((ending) => api.activity.watch({ kinds, after: first[0]?.id ?? 0 }, { signal: ending }), { onItems }, signal)
  for (let page = first; page.length === pageSize; ) {
    page = await api.activity.list({ kinds, limit: pageSize, before: page.at(-1)!.id }, { signal })
    const older = page
    change((former) => ({ ...former, events: [...former.events, ...older] }))
  }
  change((former) => ({ ...former, isLoading: false }))
}
