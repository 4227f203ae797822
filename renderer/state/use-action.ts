import { useCallback, useState } from 'react'
import { connection, type EngineApi } from './connection.ts'
import { readProblem, type Problem } from './problem.ts'

/** Something the user asks for, and how it goes. */
export interface Action<A extends unknown[], T> {
  run(...args: A): Promise<T | undefined>
  isRunning: boolean
  problem: Problem | undefined
  /** Forgets the problem. */
  clear(): void
}

/** A call of the contract made when the user asks for it. Its failure is shown, not thrown. */
export function useAction<A extends unknown[], T>(work: (api: EngineApi, ...args: A) => Promise<T>): Action<A, T> {
  const [isRunning, setRunning] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const run = async (...args: A): Promise<T | undefined> => {
    const { api } = connection.value
    if (!api) return undefined
    setRunning(true)
    setProblem(undefined)
    try {
      return await work(api, ...args)
    } catch (error) {
      setProblem(readProblem(error))
      return undefined
    } finally {
      setRunning(false)
    }
  }
  const clear = useCallback(() => setProblem(undefined), [])
  return { run, isRunning, problem, clear }
}
