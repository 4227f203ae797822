import { attachVm } from './attach.ts'
import type { DriverContext, VmDriver, VmFeatures } from './driver.ts'
import { currentHost, type VmHost } from './host.ts'
import { restoreVm } from './restore.ts'
import { commitSaved, describeSaved, discardSaved } from './saved-state.ts'
import { startVm } from './start.ts'

/** Runs vms with QEMU, one per COVE_HOME. */
export function createQemuDriver(context: DriverContext, host: VmHost = currentHost()): VmDriver {
  const { paths } = context
  return {
    features: features(host),
    start: (spec, signal) => startVm({ context, host, spec, signal }),
    attach: (signal) => attachVm(context, signal),
    saved: () => describeSaved(paths),
    saveNothing: (note) => commitSaved(paths, { format: 1, savedAt: new Date().toISOString(), fingerprint: null, disk: '', memory: null, sshPort: 0, note }),
    restore: (spec, signal) => restoreVm({ context, host, spec, signal }),
    discardSaved: () => discardSaved(paths),
  }
}

/** What QEMU can do on a host: WHPX saves nothing, and only Linux gives memory back (FIELD.md). */
export function features(host: VmHost): VmFeatures {
  return { canSave: host.platform !== 'win32', canHotplugPorts: true, canReturnMemory: host.platform === 'linux' }
}
