import { useCallback, useEffect, useEffectEvent, useMemo, useState } from 'react'
import { connection, type EngineApi } from './connection.ts'
import { readProblem, type Problem } from './problem.ts'
import { Recent } from './recent.ts'
import { useStore } from './store.ts'

/** The answer to a call, as far as it is there. */
export interface Answer<T> {
  /** The last answer, possibly of an earlier visit. */
  value: T | undefined
  problem: Problem | undefined
  isLoading: boolean
  /** Asks again. */
  refresh(): void
}

/** What came of one question. */
interface Outcome<T> {
  question: object
  key: string
  value: T | undefined
  problem: Problem | undefined
}

/** What was answered lately is shown at once while it is asked for anew; each object looked at and each folder typed is a key of its own. */
const remembered = new Recent<unknown>(100)

/** Asks a call when a component is shown, when its key changes, and with each new connection. */
export function useAnswer<T>(key: string, ask: (api: EngineApi, signal: AbortSignal) => Promise<T>): Answer<T> {
  const { api } = useStore(connection)
  const [round, setRound] = useState(0)
  const [outcome, setOutcome] = useState<Outcome<T>>()
  // A new object for each time there is something to ask.
  const question = useMemo(() => ({ api, key, round }), [api, key, round])
  const askNow = useEffectEvent(ask)
  useEffect(() => {
    if (!question.api) return
    const leaving = new AbortController()
    const settle = (value: T | undefined, problem?: Problem): void => {
      if (!leaving.signal.aborted) setOutcome({ question, key: question.key, value, problem })
    }
    askNow(question.api, leaving.signal).then(
      (value) => {
        remembered.keep(question.key, value)
        settle(value)
      },
      (error: unknown) => settle(remembered.get(question.key) as T | undefined, readProblem(error)),
    )
    return () => leaving.abort()
  }, [question])
  const refresh = useCallback(() => setRound((former) => former + 1), [])
  const known = outcome?.key === key ? outcome : undefined
  return { value: known?.value ?? (remembered.get(key) as T | undefined), problem: known?.problem, isLoading: outcome?.question !== question, refresh }
}
