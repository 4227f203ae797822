import { join } from 'node:path'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { remark } from '#contract/remark.ts'
import type { Settings } from '#contract/setting.ts'
import type { HostFacts } from '../parts.ts'
import { chooseAccelerator } from '../vm/accelerator.ts'
import { currentHost, formatVersion } from '../vm/host.ts'
import { findVirtiofsd } from '../vm/virtiofs/virtiofsd.ts'
import { findQemu, qemuVersion } from '../vm/program.ts'

const probeLimitMs = 20_000

/** What this host offers to run a vm with, found out anew at each call. */
export function createHostFacts({ paths, settings, log }: { paths: CovePaths; settings: () => Settings; log: Logger }): HostFacts {
  const find = () => findQemu({ host: currentHost(), program: settings()['vm.qemu'] })
  return {
    async qemu() {
      const qemu = await find()
      return { path: qemu.path, version: formatVersion(await qemuVersion(qemu, currentHost())) }
    },
    async shares() {
      if (settings()['share.driver'] === 'cove') return remark('shares.own', "Cove's own file server serves shared folders", {})
      const { path, kind, major, minor } = await findVirtiofsd({ isRoot: process.geteuid?.() === 0 })
      const program = `${kind === 'c' ? "QEMU's " : ''}virtiofsd ${major}.${minor} at ${path}`
      return remark('shares.virtiofs', `virtiofs serves shared folders: ${program}`, { program })
    },
    async accelerator(signal = AbortSignal.timeout(probeLimitMs)) {
      const request = { qemu: await find(), host: currentHost(), wanted: settings()['vm.accelerator'], log, signal }
      const choice = await chooseAccelerator({ ...request, cacheFile: join(paths.cacheDir, 'accelerator.json') })
      return { kind: choice.accelerator, warning: choice.warnings[0] }
    },
  }
}
