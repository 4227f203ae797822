import { CoveError, isErrorCode } from '#contract/errors.ts'
import type { TaskEvent, TaskRef } from '#contract/task.ts'
import type { CommandContext } from './context.ts'
import type { EngineUse } from './engine-access.ts'
import { formatBytes } from './terminal/format.ts'
import { harmless, harmlessLine } from '#base/harmless.ts'

type End = Extract<TaskEvent, { kind: 'end' }>

/**
 * Follows a task to its end, showing what it tells on stderr unless quiet; its result. Interrupting cancels the task.
 * @throws CoveError as the task failed.
 */
export async function followTask(cli: CommandContext, { api, signal }: EngineUse, { ref, isQuiet }: { ref: TaskRef; isQuiet: boolean }): Promise<End['result']> {
  const told = new Set<string>()
  try {
    for await (const event of await api.task.follow(ref, { signal })) {
      if (event.kind === 'end') return resultOf(event)
      if (!isQuiet) show(cli, event, told)
    }
  } catch (error) {
    if (signal.aborted) await api.task.cancel(ref).catch(() => undefined)
    throw error
  }
  throw new CoveError('engine.unreachable', { message: 'the engine ended before the task did', hint: 'See how it ended: cove task list' })
}

function resultOf({ outcome, error, result }: End): End['result'] {
  if (outcome === 'done') return result
  const { code = 'internal.bug', message = `it was ${outcome}`, hint = null } = error ?? {}
  throw new CoveError(isErrorCode(code) ? code : 'internal.bug', { message, about: undefined, ...(hint === null ? {} : { hint }) })
}

/** Output as it comes; of layers and steps each state once. */
function show(cli: CommandContext, event: Exclude<TaskEvent, End>, told: Set<string>): void {
  const once = (key: string, line: string): void => {
    if (told.has(key)) return
    told.add(key)
    cli.err.line(harmlessLine(line))
  }
  if (event.kind === 'output') cli.err.raw(harmless(event.text))
  else if (event.kind === 'layers') for (const { id, status } of event.layers) once(`${id} ${status}`, `${id} ${status}`)
  else if (event.kind === 'steps') {
    for (const { id, name, state, isCached } of event.steps) if (state === 'done' || state === 'failed') once(`${id} ${state}`, `${isCached ? 'cached' : state} ${name}`)
  } else if (event.totalBytes !== null) once(`${event.what} ${Math.floor((10 * event.doneBytes) / event.totalBytes)}`, `${event.what} ${formatBytes(event.doneBytes)} of ${formatBytes(event.totalBytes)}`)
}
