import { activity } from './commands/activity.ts'
import { buildGroup } from './commands/build.ts'
import { completion } from './commands/completion.ts'
import { config } from './commands/config.ts'
import { containerGroup } from './commands/container.ts'
import { context } from './commands/context.ts'
import { daemonGroup } from './commands/daemon.ts'
import { diagnose } from './commands/diagnose.ts'
import { disk } from './commands/disk.ts'
import { doctor } from './commands/doctor.ts'
import { env } from './commands/env.ts'
import { exportCommand } from './commands/export.ts'
import { history } from './commands/history.ts'
import { importCommand } from './commands/import.ts'
import { logs } from './commands/logs.ts'
import { imageGroup, networkGroup } from './commands/object-groups.ts'
import { port } from './commands/port.ts'
import { projectGroup } from './commands/project.ts'
import { prune } from './commands/prune.ts'
import { reset } from './commands/reset.ts'
import { share } from './commands/share.ts'
import { shell } from './commands/shell.ts'
import { sleep } from './commands/sleep.ts'
import { restart, start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { stop } from './commands/stop.ts'
import { taskGroup } from './commands/task.ts'
import { version } from './commands/version.ts'
import { volumeGroup } from './commands/volume.ts'
import type { Command, CommandGroup } from './declare.ts'

/** Every command of `cove`, in the order of its help. */
export const commands: readonly (Command | CommandGroup)[] = [
  start,
  stop,
  restart,
  sleep,
  status,
  env,
  context,
  shell,
  logs,
  history,
  activity,
  taskGroup,
  doctor,
  diagnose,
  config,
  disk,
  port,
  share,
  daemonGroup,
  containerGroup,
  imageGroup,
  volumeGroup,
  networkGroup,
  projectGroup,
  buildGroup,
  prune,
  exportCommand,
  importCommand,
  reset,
  completion,
  version,
]
