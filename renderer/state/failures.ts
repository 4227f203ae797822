import { connection, type EngineApi } from './connection.ts'
import { readProblem, type Problem } from './problem.ts'
import { cancelled } from './run-task.ts'
import { Store } from './store.ts'

/** Something the user asked for that did not work; it stays until it is put away. */
export interface Failure extends Problem {
  id: number
  /** What it was done to; empty when the message says it. */
  subject: string
}

/** More than these would hide the screen: the oldest go. */
const maxShown = 4
let last = 0

/** What did not work lately. */
export const failures = new Store<readonly Failure[]>([])

/** Puts a failure away. */
export function dismissFailure(id: number): void {
  failures.set(failures.value.filter((failure) => failure.id !== id))
}

/** Does what the user asked for; what fails is shown in the corner. Undefined when it failed. */
export async function attempt<T>(work: (api: EngineApi) => Promise<T>, subject = ''): Promise<T | undefined> {
  const { api } = connection.value
  if (!api) return undefined
  try {
    return await work(api)
  } catch (error) {
    const problem = readProblem(error)
    if (problem.code !== cancelled) failures.set([...failures.value.slice(1 - maxShown), { ...problem, id: ++last, subject }])
    return undefined
  }
}

/** How many are done at once; Docker does not get faster by more. */
const atOnce = 6

/** Does the same to several objects; each that fails is shown by its name. */
export async function attemptEach<T>(objects: readonly T[], nameOf: (object: T) => string, work: (api: EngineApi, object: T) => Promise<unknown>): Promise<void> {
  const waiting = [...objects]
  const runOne = async (): Promise<void> => {
    for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
      const one = object
      await attempt((api) => work(api, one), nameOf(one))
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, objects.length) }, runOne))
}
