import { engineEvents } from './001-engine-events.ts'
import { tasks } from './002-tasks.ts'
import { taskSubjects } from './003-task-subjects.ts'
import { samples } from './004-samples.ts'
import { projectFolders } from './005-project-folders.ts'
import { builds } from './006-builds.ts'

/** Every migration in order; its place is the schema version it leads to. Never edit one that was released. */
export const migrations = [engineEvents, tasks, taskSubjects, samples, projectFolders, builds] as const
