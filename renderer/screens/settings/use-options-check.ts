import { useEffect, useState } from 'react'
import type { OptionsProblem } from '#contract/daemon.ts'
import { connection } from '../../state/connection.ts'
import { readProblem, type Problem } from '../../state/problem.ts'
import { useStore } from '../../state/store.ts'

/** What is wrong with a text, as far as it is known. */
export interface OptionsCheck {
  problems: readonly OptionsProblem[]
  /** The text as it stands now has been looked at. */
  isDone: boolean
  /** Docker itself was asked. */
  isAsked: boolean
  problem: Problem | undefined
}

/** Docker is asked by a process in the guest: not at each letter. */
const pauseMs = 300

/** Has the engine check Docker's options while they are typed; an answer to what was typed before is not waited for. */
export function useOptionsCheck(text: string, isWanted: boolean): OptionsCheck {
  const { api } = useStore(connection)
  const [check, setCheck] = useState<Omit<OptionsCheck, 'isDone'> & { of: string }>()
  useEffect(() => {
    if (!api || !isWanted) return
    const leaving = new AbortController()
    const ask = (): void => {
      api.daemon.check({ text }, { signal: leaving.signal }).then(
        (found) => !leaving.signal.aborted && setCheck({ ...found, of: text, problem: undefined }),
        (error: unknown) => !leaving.signal.aborted && setCheck({ problems: [], isAsked: false, of: text, problem: readProblem(error) }),
      )
    }
    const timer = setTimeout(ask, pauseMs)
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }, [api, text, isWanted])
  return { problems: check?.problems ?? [], isAsked: check?.isAsked ?? false, problem: check?.problem, isDone: check?.of === text }
}
