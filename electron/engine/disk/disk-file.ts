import { existsSync } from 'node:fs'
import type { CovePaths } from '#base/paths.ts'
import type { Settings } from '#contract/setting.ts'
import type { DiskFile } from '../parts.ts'
import { dataDiskCapacity, dataDiskUsage, freeBytes, growDataDisk, shrinking } from '../vm/data-disk.ts'
import { currentHost } from '../vm/host.ts'
import { findQemu, findQemuImg } from '../vm/program.ts'

/** The data disk of one home. */
export function createDiskFile(paths: CovePaths, settings: () => Settings): DiskFile {
  const qemuImg = async (): Promise<string> => {
    const search = { host: currentHost(), program: settings()['vm.qemu'] }
    return findQemuImg(search, await findQemu(search))
  }
  return {
    usage: async () =>
      (await dataDiskUsage(paths.dataDisk)) ?? {
        capacityBytes: 0,
        allocatedBytes: 0,
        hostFreeBytes: await freeBytes(existsSync(paths.diskDir) ? paths.diskDir : paths.home),
      },
    requireGrowth: async (bytes) => {
      const present = (await dataDiskCapacity(paths.dataDisk)) ?? 0
      if (bytes < present) throw shrinking(bytes, present)
    },
    grow: (bytes) => growDataDisk({ path: paths.dataDisk, bytes, qemuImg }),
  }
}
