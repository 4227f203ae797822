import { contextContract } from './context.ts'
import { diskContract } from './disk.ts'
import { doctorContract } from './doctor.ts'
import { engineContract } from './engine.ts'
import { historyContract } from './history.ts'
import { logContract } from './log.ts'
import { resetContract } from './reset.ts'
import { settingContract } from './setting.ts'

/** Everything the engine can be asked, one noun per file. */
export const contract = {
  engine: engineContract,
  setting: settingContract,
  disk: diskContract,
  log: logContract,
  doctor: doctorContract,
  context: contextContract,
  history: historyContract,
  reset: resetContract,
}
export type Contract = typeof contract
