import type { TaskEvent, TaskRef } from '#contract/task.ts'
import type { EngineApi } from './connection.ts'
import { ToldProblem } from './problem.ts'

/** What came of a task. */
export type TaskResult = Extract<TaskEvent, { kind: 'end' }>['result']

/** Who called a task off need not be told. */
export const cancelled = 'operation.cancelled'

/** Begins a task and resolves with its result when it has ended. @throws ToldProblem when it failed or was called off. */
export async function runTask(api: EngineApi, begun: Promise<TaskRef>, onEvent?: (event: TaskEvent) => void): Promise<TaskResult> {
  const { task } = await begun
  for await (const event of await api.task.follow({ task })) {
    onEvent?.(event)
    if (event.kind !== 'end') continue
    if (event.outcome === 'done') return event.result
    throw new ToldProblem(event.error ?? { code: event.outcome === 'cancelled' ? cancelled : 'internal.bug', message: event.outcome, hint: null, about: null })
  }
  throw new ToldProblem({ code: 'engine.unreachable', message: 'The engine ended before the task did.', hint: null, about: null })
}
