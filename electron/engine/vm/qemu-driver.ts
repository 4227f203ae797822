import { createServer } from 'node:net'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { isSameProcessAlive } from '#base/process-identity.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { type AcceleratorChoice, chooseAccelerator } from './accelerator.ts'
import { connectTo, lifelinePath, removeSockets } from './channels.ts'
import { ControlPort } from './control.ts'
import { inUse, prepareDataDisk } from './data-disk.ts'
import type { DriverContext, PauseCause, Vm, VmDriver, VmFeatures, VmSpec } from './driver.ts'
import { writeFwCfg } from './fw-cfg.ts'
import { currentHost, type VmHost } from './host.ts'
import { type Launched, launchQemu } from './launch.ts'
import { findQemu, findQemuImg, type ProgramFile } from './program.ts'
import { QemuVm } from './qemu-vm.ts'
import { QmpClient } from './qmp.ts'
import { portTaken } from './start-failure.ts'
import { foreignProcess } from './vm-process.ts'
import { readVmRecord, type VmRecord, writeVmRecord } from './vm-record.ts'

/** How often a port that was taken between our choice and QEMU's start is chosen anew. */
const portTries = 3
/** How long a vm that runs already may take to answer. */
const attachLimitMs = 5000

/** Runs vms with QEMU, one per COVE_HOME. */
export function createQemuDriver(context: DriverContext, host: VmHost = currentHost()): VmDriver {
  return {
    features: features(host),
    start: (spec, signal) => start({ context, host, spec, signal }),
    attach: (signal) => attach(context, signal),
  }
}

/** What QEMU can do on a host: WHPX saves nothing, and only Linux gives memory back (FIELD.md). */
export function features(host: VmHost): VmFeatures {
  return { canSave: host.platform !== 'win32', canHotplugPorts: true, canReturnMemory: host.platform === 'linux' }
}

const Status = z.object({ status: z.string() })
const Disks = z.array(z.object({ 'io-status': z.string().optional() }))

interface Start {
  context: DriverContext
  host: VmHost
  spec: VmSpec
  signal: AbortSignal
}

async function start({ context, host, spec, signal }: Start): Promise<Vm> {
  const { paths, log } = context
  await refuseSecondVm(context)
  const qemu = await findQemu({ host, program: spec.program })
  const search = { host, program: '' }
  const [choice] = await Promise.all([
    chooseAccelerator({ qemu, host, wanted: spec.accelerator, cacheFile: join(paths.cacheDir, 'accelerator.json'), log, signal }),
    prepareDataDisk({ path: paths.dataDisk, bytes: spec.dataDiskBytes, qemuImg: () => findQemuImg(search, qemu), signal }),
  ])
  for (const warning of choice.warnings) log.warn(warning)
  const { launched, sshPort } = await launchOnFreePort({ context, host, spec, signal }, { qemu, choice })
  const record: VmRecord = {
    format: 1,
    process: launched.process.identity,
    program: qemu.path,
    accelerator: choice.accelerator,
    cpus: spec.cpus,
    memoryMiB: spec.memoryMiB,
    sshPort,
    startedAt: new Date().toISOString(),
    recipe: spec.image.recipe,
    warnings: choice.warnings,
  }
  const run = (): QemuVm => new QemuVm({ ...launched, record, paths, log, pausedBy: null })
  try {
    await writeVmRecord(paths.vmRecord, record)
    signal.throwIfAborted()
  } catch (error) {
    await run().stop({ signal: AbortSignal.abort() })
    throw error
  }
  const vm = run()
  log.info('the vm runs', { pid: vm.pid, accelerator: choice.accelerator, cpu: choice.cpuModel, sshPort })
  return vm
}

async function refuseSecondVm({ paths }: DriverContext): Promise<void> {
  const record = await readVmRecord(paths.vmRecord)
  if (record === undefined || record === 'broken') return
  if (await isSameProcessAlive(record.process)) throw inUse(paths.dataDisk)
}

async function launchOnFreePort(
  { context, host, spec, signal }: Start,
  { qemu, choice }: { qemu: ProgramFile; choice: AcceleratorChoice },
): Promise<{ launched: Launched; sshPort: number }> {
  const { paths, log } = context
  for (let attempt = 1; ; attempt++) {
    const sshPort = await pickPort(spec.sshPort)
    await using given = await writeFwCfg(paths.fwCfgDir, { identity: spec.identity, sshPort, epochMs: Date.now() })
    const { kernel, initrd, root } = spec.image
    const { accelerator, cpuModel } = choice
    const { cpus, memoryMiB } = spec
    const disks = { kernel, initrd, root, dataDisk: paths.dataDisk, serialLog: paths.logs.guest }
    const plan = { host, accelerator, cpuModel, cpus, memoryMiB, ...disks, sshPort, fwCfg: given.files }
    try {
      return { launched: await launchQemu({ program: qemu.path, plan, paths, log, signal }), sshPort }
    } catch (error) {
      const isTaken = error instanceof CoveError && error.message === portTaken(sshPort).message
      if (!isTaken || spec.sshPort !== 0 || attempt === portTries) throw error
      log.info('the port was taken meanwhile; another one is tried', { sshPort, attempt })
    }
  }
}

/** The wanted port if it is free, or a free one for 0; loopback only. @throws CoveError `vm.start-failed`. */
async function pickPort(wanted: number): Promise<number> {
  const server = createServer()
  try {
    server.listen(wanted, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address ? address.port : wanted
  } catch {
    throw portTaken(wanted)
  } finally {
    server.close()
  }
}

async function attach(context: DriverContext, signal: AbortSignal): Promise<Vm | undefined> {
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
  const qmp = await reachMonitor(context, signal)
  const control = qmp ? await reachControl(context, signal) : undefined
  const warnings = qmp && control ? record.warnings : [...record.warnings, 'QEMU cannot be reached any more: ports cannot change and stopping is not clean. Restart the vm when you can.']
  const vm = new QemuVm({ record: { ...record, warnings }, process, qmp, control, ports: new Map(), paths, log, pausedBy: qmp ? await pauseCause(qmp) : null })
  log.info('attached to the running vm', { pid: vm.pid, sshPort: vm.sshPort })
  vm.askGuest()
  return vm
}

async function cleanUp({ paths }: DriverContext): Promise<void> {
  await Promise.all([removeSockets(paths), rm(paths.vmRecord, { force: true }), rm(paths.fwCfgDir, { recursive: true, force: true })])
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

/** Why QEMU is paused now, from query-status and the data disk's io-status (qemu-qmp-ref(7)). */
async function pauseCause(qmp: QmpClient): Promise<PauseCause | null> {
  const { status } = Status.parse(await qmp.execute('query-status'))
  if (status === 'running' || status === 'prelaunch') return null
  if (status !== 'io-error') return 'asked'
  const disks = Disks.parse(await qmp.execute('query-block'))
  return disks.some((disk) => disk['io-status'] === 'nospace') ? 'no-space' : 'io-error'
}

function unreachable({ process: { pid } }: VmRecord, why: string): CoveError {
  return new CoveError('vm.start-failed', {
    message: `the vm (process ${pid}) still runs but cannot be reached: ${why}`,
    hint: `End it with \`kill ${pid}\`, then start again; its disk keeps what was written.`,
  })
}
