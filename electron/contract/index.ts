import { activityContract } from './activity.ts'
import { buildContract } from './build.ts'
import { containerContract } from './container.ts'
import { contextContract } from './context.ts'
import { diskContract } from './disk.ts'
import { doctorContract } from './doctor.ts'
import { engineContract } from './engine.ts'
import { exportContract } from './export.ts'
import { historyContract } from './history.ts'
import { daemonContract } from './daemon.ts'
import { imageContract } from './image.ts'
import { importContract } from './import.ts'
import { logContract } from './log.ts'
import { networkContract } from './network.ts'
import { portContract } from './port.ts'
import { projectContract } from './project.ts'
import { pruneContract } from './prune.ts'
import { resetContract } from './reset.ts'
import { settingContract } from './setting.ts'
import { volumeContract } from './volume.ts'
import { shareContract } from './share.ts'
import { taskContract } from './task.ts'
import { terminalContract } from './terminal.ts'

/** Everything the engine can be asked, one noun per file. */
export const contract = {
  engine: engineContract,
  setting: settingContract,
  daemon: daemonContract,
  disk: diskContract,
  log: logContract,
  doctor: doctorContract,
  context: contextContract,
  history: historyContract,
  port: portContract,
  reset: resetContract,
  container: containerContract,
  image: imageContract,
  volume: volumeContract,
  network: networkContract,
  project: projectContract,
  share: shareContract,
  export: exportContract,
  import: importContract,
  activity: activityContract,
  build: buildContract,
  prune: pruneContract,
  task: taskContract,
  terminal: terminalContract,
}
export type Contract = typeof contract
