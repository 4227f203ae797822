import { completion } from './commands/completion.ts'
import { config } from './commands/config.ts'
import { context } from './commands/context.ts'
import { diagnose } from './commands/diagnose.ts'
import { disk } from './commands/disk.ts'
import { doctor } from './commands/doctor.ts'
import { env } from './commands/env.ts'
import { exportCommand } from './commands/export.ts'
import { history } from './commands/history.ts'
import { importCommand } from './commands/import.ts'
import { logs } from './commands/logs.ts'
import { port } from './commands/port.ts'
import { reset } from './commands/reset.ts'
import { share } from './commands/share.ts'
import { shell } from './commands/shell.ts'
import { sleep } from './commands/sleep.ts'
import { restart, start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { stop } from './commands/stop.ts'
import { version } from './commands/version.ts'
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
  doctor,
  diagnose,
  config,
  disk,
  port,
  share,
  exportCommand,
  importCommand,
  reset,
  completion,
  version,
]
