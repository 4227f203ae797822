import { implement } from '@orpc/server'
import { contract } from '#contract/index.ts'
import type { EngineParts } from '../parts.ts'
import { activityHandlers } from './activity.ts'
import { buildHandlers } from './build.ts'
import { containerHandlers } from './container.ts'
import { contextHandlers } from './context.ts'
import { daemonHandlers } from './daemon.ts'
import { diskHandlers } from './disk.ts'
import { doctorHandlers } from './doctor.ts'
import { engineHandlers } from './engine.ts'
import { exportHandlers } from './export.ts'
import { historyHandlers } from './history.ts'
import { imageHandlers } from './image.ts'
import { importHandlers } from './import.ts'
import { logHandlers } from './log.ts'
import { networkHandlers } from './network.ts'
import { portHandlers } from './port.ts'
import { projectHandlers } from './project.ts'
import { pruneHandlers } from './prune.ts'
import { resetHandlers } from './reset.ts'
import { settingHandlers } from './setting.ts'
import { shareHandlers } from './share.ts'
import { taskHandlers } from './task.ts'
import { terminalHandlers } from './terminal.ts'
import { volumeHandlers } from './volume.ts'

/** What implements the contract, one file per noun. */
export function createRouter(parts: EngineParts) {
  return implement(contract).router({
    engine: engineHandlers(parts),
    setting: settingHandlers(parts),
    daemon: daemonHandlers(parts),
    disk: diskHandlers(parts),
    log: logHandlers(parts),
    doctor: doctorHandlers(parts),
    context: contextHandlers(parts),
    history: historyHandlers(parts),
    port: portHandlers(parts),
    reset: resetHandlers(parts),
    container: containerHandlers(parts),
    image: imageHandlers(parts),
    volume: volumeHandlers(parts),
    network: networkHandlers(parts),
    project: projectHandlers(parts),
    build: buildHandlers(parts),
    prune: pruneHandlers(parts),
    activity: activityHandlers(parts),
    share: shareHandlers(parts),
    export: exportHandlers(parts),
    import: importHandlers(parts),
    task: taskHandlers(parts),
    terminal: terminalHandlers(parts),
  })
}
