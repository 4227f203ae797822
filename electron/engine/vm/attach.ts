import { rm } from 'node:fs/promises'
import { withLimit } from '#base/limit.ts'
import { isSameProcessAlive } from '#base/process-identity.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { remark } from '#contract/remark.ts'
import { connectTo, lifelinePath, removeSockets } from './channels.ts'
import { ControlPort } from './control.ts'
import type { DriverContext, Vm } from './driver.ts'
import { abandonMigration } from './migration.ts'
import { QemuVm } from './qemu-vm.ts'
import { QmpClient } from './qmp.ts'
import { pauseCause } from './standstill.ts'
import { partialMemory, readSaved } from './saved-state.ts'
import { attachFileServers } from './virtiofs/file-servers.ts'
import { endLeftServers } from './virtiofs/server-record.ts'
import { foreignProcess, type VmProcess } from './vm-process.ts'
import { readVmRecord, type VmRecord, writeVmRecord } from './vm-record.ts'

/** How long a vm that runs already may take to answer. */
const attachLimitMs = 5000


/**
 * The vm a former engine left running, or undefined; stale records and sockets are cleaned away.
 * @throws CoveError `vm.start-failed` when it runs but cannot be reached any more.
 */
export async function attachVm(context: DriverContext, signal: AbortSignal): Promise<Vm | undefined> {
  const { paths, log } = context
  const record = await readVmRecord(paths.vmRecord)
  const isAlive = record !== undefined && record !== 'broken' && (await isSameProcessAlive(record.process))
  if (!isAlive) {
    if (record !== undefined) log.info('a former vm is gone; its leftovers are removed', { record: record === 'broken' ? 'unreadable' : record.process.pid })
    await cleanUp(context)
    return undefined
  }
  const process = await foreignProcess(record.process, lifelinePath(paths), signal).catch((error: unknown) => {
    throw unreachable(record, toCoveError(error).message)
  })
  if (record.phase === 'restoring' && (await readSaved(paths))) return await giveBack(context, process)
  const qmp = await reachMonitor(context, signal)
  const mended = qmp ? await mendHalfWay(context, { record, qmp }) : record
  const control = qmp ? await reachControl(context, signal) : undefined
  const fileServers = await attachFileServers(context, signal)
  const warnings = qmp && control ? record.warnings : [...record.warnings, remark('vm.out-of-reach', 'QEMU cannot be reached any more: ports cannot change and stopping is not clean. Restart the vm when you can.', {})]
  const vm = new QemuVm({ record: { ...mended, warnings }, process, qmp, control, ports: new Map(), fileServers, paths, log, pausedBy: qmp ? await pauseCause(qmp) : null })
  log.info('attached to the running vm', { pid: vm.pid, sshPort: vm.sshPort })
  vm.askGuest()
  return vm
}

/** The saved memory still counts, so its vm has not run on since: this process is a half-loaded copy of it. */
async function giveBack(context: DriverContext, process: VmProcess): Promise<undefined> {
  context.log.info('a vm that was about to wake sleeps on', { pid: process.identity.pid })
  await process.kill()
  await withLimit({ what: `QEMU (process ${process.identity.pid}) to end after SIGKILL`, ms: 10_000 }, () => process.exited)
  await cleanUp(context)
}

/** An engine that ended while it saved or woke this vm left it standing still. */
async function mendHalfWay({ paths, log }: DriverContext, { record, qmp }: { record: VmRecord; qmp: QmpClient }): Promise<VmRecord> {
  const { phase, ...mended } = record
  if (phase === undefined) return record
  log.info('the vm stood still in the middle of a change and goes on', { phase })
  await abandonMigration(qmp)
  await rm(partialMemory(paths), { force: true })
  await writeVmRecord(paths.vmRecord, mended)
  return mended
}

async function cleanUp({ paths }: DriverContext): Promise<void> {
  await endLeftServers(paths)
  await Promise.all([removeSockets(paths), rm(paths.vmRecord, { force: true }), rm(paths.fwCfgDir, { recursive: true, force: true }), rm(partialMemory(paths), { force: true })])
}

async function reachMonitor({ paths, log }: DriverContext, signal: AbortSignal): Promise<QmpClient | undefined> {
  const limit = { what: "QEMU's monitor to answer", ms: attachLimitMs, signal }
  try {
    return await withLimit(limit, async (inner) => QmpClient.open(await connectTo(paths.qmpSocket, inner), { log, ms: attachLimitMs, signal: inner }))
  } catch (error) {
    signal.throwIfAborted()
    log.warn('the monitor of the running vm does not answer', { error })
    return undefined
  }
}

async function reachControl({ paths, log }: DriverContext, signal: AbortSignal): Promise<ControlPort | undefined> {
  try {
    return new ControlPort(await connectTo(paths.controlSocket, signal), log)
  } catch (error) {
    signal.throwIfAborted()
    log.warn('the control port of the running vm cannot be reached', { error })
    return undefined
  }
}

function unreachable({ process: { pid } }: VmRecord, why: string): CoveError {
  return new CoveError('vm.start-failed', {
    message: `the vm (process ${pid}) still runs but cannot be reached: ${why}`,
    hint: `End it with \`kill ${pid}\`, then start again; its disk keeps what was written.`,
  })
}
