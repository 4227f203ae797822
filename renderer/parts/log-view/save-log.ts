import type { TaskRef } from '#contract/task.ts'
import type { EngineApi } from '../../state/connection.ts'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { notify } from '../../state/notices.ts'
import { runTask } from '../../state/run-task.ts'

/** Whose log is saved, how, and what is said when it is. */
interface LogSave {
  name: string
  done: string
  save: (api: EngineApi, path: string) => Promise<TaskRef>
}

/** Asks where a log is to go, and has it written there. */
export async function saveLog({ name, done, save }: LogSave): Promise<void> {
  const path = await desktop.chooseSavePath(`${name}.log`)
  if (path === null) return
  if (await attempt((api) => runTask(api, save(api, path)))) notify(done)
}
