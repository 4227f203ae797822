import type { Remark } from '#contract/remark.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import type { Machine } from './life/machine.ts'
import type { VmLife } from './life/vm-life.ts'
import type { UserDaemonOptions } from './companions/user-daemon-options.ts'
import type { PortsCompanion } from './ports/ports-companion.ts'
import type { Sharing } from './share-life.ts'
import type { SettingsFile } from './settings/settings-file.ts'
import type { Activity } from './sleep/activity.ts'
import type { Store } from './store/store.ts'
import type { Tasks } from './tasks/tasks.ts'
import type { Terminals } from './terminals/terminals.ts'
import type { LazyTransfers } from './transfer/open-transfers.ts'
import type { UsageWatch } from './usage/usage-companion.ts'

/** The data disk's file, with the vm on or off. */
export interface DiskFile {
  /** In bytes; zeros while there is no disk yet. */
  usage(): Promise<{ capacityBytes: number; allocatedBytes: number; hostFreeBytes: number }>
  /** @throws CoveError `disk.invalid-size` when the disk is larger than that already. */
  requireGrowth(bytes: number): Promise<void>
  /** Grows the file while the vm is off, making it when there is none. */
  grow(bytes: number): Promise<void>
}

/** What the host offers to run a vm with, for doctor. */
export interface HostFacts {
  /** QEMU's path and version. @throws CoveError `vm.program-missing`, `vm.program-unusable`. */
  qemu(): Promise<{ path: string; version: string }>
  /** What serves shared folders. @throws CoveError `vm.program-missing`, `vm.program-unusable` when virtiofs is to and cannot. */
  shares(): Promise<Remark>
  /** The accelerator that would be used and, if it is not the best, why. */
  accelerator(signal?: AbortSignal): Promise<{ kind: string; warning: Remark | undefined }>
}

/** How the engine ends: whether its vm goes on, and whether its home is to be removed or is gone already (then nothing is removed by its path). */
export interface EngineExit {
  keepVm: boolean
  removeHome?: boolean
  isHomeGone?: boolean
}

/** What the handlers work with. */
export interface EngineParts {
  paths: CovePaths
  log: Logger
  store: Store
  settings: SettingsFile
  machine: Machine
  life: VmLife
  /** Held by whoever needs the vm without a connection to docker.sock. */
  activity: Activity
  disk: DiskFile
  ports: Pick<PortsCompanion, 'list'>
  host: HostFacts
  sharing: Sharing
  /** The user's options of Docker. */
  daemonOptions: UserDaemonOptions
  transfers: LazyTransfers
  /** Long pieces of work that the handlers begin. */
  tasks: Tasks
  terminals: Terminals
  /** What containers use. */
  usage: Pick<UsageWatch, 'watch'>
  guestDir: string
  /** Resolves when what a changed setting asks of a running guest is done or given up. */
  settled(): Promise<void>
  /** Ends the engine process after the answer was sent. */
  exit(options: EngineExit): void
}
