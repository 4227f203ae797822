import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import type { Machine } from './life/machine.ts'
import type { VmLife } from './life/vm-life.ts'
import type { SettingsFile } from './settings/settings-file.ts'
import type { Store } from './store/store.ts'

/** What the handlers work with. */
export interface EngineParts {
  paths: CovePaths
  log: Logger
  store: Store
  settings: SettingsFile
  machine: Machine
  life: VmLife
  guestDir: string
  /** Ends the engine process after the answer was sent. */
  exit(options: { keepVm: boolean; removeHome?: boolean }): void
}
