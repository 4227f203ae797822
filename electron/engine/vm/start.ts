import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { isSameProcessAlive } from '#base/process-identity.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { type AcceleratorChoice, chooseAccelerator } from './accelerator.ts'
import { inUse, prepareDataDisk } from './data-disk.ts'
import type { DriverContext, Vm, VmSpec } from './driver.ts'
import { fingerprintOf } from './fingerprint.ts'
import { writeFwCfg } from './fw-cfg.ts'
import type { VmHost } from './host.ts'
import { type Launch, type Launched, type LaunchPlan, launchQemu } from './launch.ts'
import { findQemu, findQemuImg, type ProgramFile } from './program.ts'
import { QemuVm } from './qemu-vm.ts'
import { discardSaved } from './saved-state.ts'
import { portTaken } from './start-failure.ts'
import { findVirtiofsd } from './virtiofs/virtiofsd.ts'
import { readVmRecord, type VmRecord, writeVmRecord } from './vm-record.ts'

/** How often a port that was taken between our choice and QEMU's start is chosen anew. */
const portTries = 3

/** One start of a vm. */
export interface Start {
  context: DriverContext
  host: VmHost
  spec: VmSpec
  signal: AbortSignal
}

/** The QEMU of this host and how it runs a guest. */
export interface Engine {
  qemu: ProgramFile
  choice: AcceleratorChoice
}

/** Boots a vm. Memory saved before would not fit the disk afterwards and is discarded. */
export async function startVm(start: Start): Promise<Vm> {
  const { paths } = start.context
  const prepare = async (qemu: ProgramFile): Promise<void> => {
    const search = { host: start.host, program: '' }
    await start.spec.image.verified
    await prepareDataDisk({ path: paths.dataDisk, bytes: start.spec.dataDiskBytes, qemuImg: () => findQemuImg(search, qemu), signal: start.signal })
  }
  const engine = await chooseEngine(start, { prepare })
  await discardSaved(paths)
  const { launched, plan } = await launchOnFreePort(start, engine)
  return await adopt(start, { launched, record: recordOf(start, { engine, launched, plan }) })
}

/**
 * Finds QEMU and its best accelerator, and prepares what else is needed meanwhile.
 * @throws CoveError `disk.in-use` when this home has a vm already, `vm.program-missing`, `vm.program-unusable`.
 */
export async function chooseEngine({ context, host, spec, signal }: Start, { prepare = async () => undefined, isForSaved }: { prepare?: (qemu: ProgramFile) => Promise<void>; isForSaved?: boolean }): Promise<Engine> {
  const { paths, log } = context
  await refuseSecondVm(context)
  const qemu = await findQemu({ host, program: spec.program })
  const choosing = chooseAccelerator({ qemu, host, wanted: spec.accelerator, distrust: spec.distrust, isForSaved, cacheFile: join(paths.cacheDir, 'accelerator.json'), log, signal })
  const both = [choosing, prepare(qemu)] as const
  // Neither goes on behind the failure of the other: whoever is told that the start failed may start again at once.
  await Promise.allSettled(both)
  const [choice] = await Promise.all(both)
  for (const { message } of choice.warnings) log.warn(message)
  return { qemu, choice }
}

/** What QEMU is started with, on one port. */
export function planOf({ context: { paths }, host, spec }: Start, { choice, sshPort, fwCfg }: { choice: AcceleratorChoice; sshPort: number; fwCfg: LaunchPlan['fwCfg'] }): LaunchPlan {
  const { kernel, initrd, root } = spec.image
  const { accelerator, cpuModel } = choice
  const { cpus, memoryMiB } = spec
  const disks = { kernel, initrd, root, dataDisk: paths.dataDisk, serialLog: paths.logs.guest }
  return { host, accelerator, cpuModel, cpus, memoryMiB, ...disks, sshPort, fwCfg }
}

/** What a later engine must know of a vm that was launched just now. */
export function recordOf({ spec }: Start, { engine: { qemu, choice }, launched, plan }: { engine: Engine; launched: Launched; plan: LaunchPlan }): VmRecord {
  return {
    format: 1,
    process: launched.process.identity,
    program: qemu.path,
    accelerator: choice.accelerator,
    cpus: spec.cpus,
    memoryMiB: spec.memoryMiB,
    sshPort: plan.sshPort,
    startedAt: new Date().toISOString(),
    recipe: spec.image.recipe,
    warnings: choice.warnings,
    fingerprint: fingerprintOf(plan, { qemu, recipe: spec.image.recipe }),
  }
}

/** Takes a launched QEMU over as a vm; if that fails, or nobody waits for it any more, it is ended. */
async function adopt({ context: { paths, log }, signal }: Start, { launched, record }: { launched: Launched; record: VmRecord }): Promise<Vm> {
  const run = (): QemuVm => new QemuVm({ ...launched, record, paths, log, pausedBy: null })
  try {
    await writeVmRecord(paths.vmRecord, record)
    signal.throwIfAborted()
  } catch (error) {
    await run().stop({ signal: AbortSignal.abort() })
    throw error
  }
  const vm = run()
  log.info('the vm runs', { pid: vm.pid, accelerator: record.accelerator, sshPort: record.sshPort })
  return vm
}

async function refuseSecondVm({ paths }: DriverContext): Promise<void> {
  const record = await readVmRecord(paths.vmRecord)
  if (record === undefined || record === 'broken') return
  if (await isSameProcessAlive(record.process)) throw inUse(paths.dataDisk)
}

async function launchOnFreePort(start: Start, { qemu, choice }: Engine): Promise<{ launched: Launched; plan: LaunchPlan }> {
  const { context, spec, signal } = start
  const { paths, log, library } = context
  let virtiofs = await planVirtiofs(start)
  for (let attempt = 1; ; attempt++) {
    const sshPort = await pickPort(spec.sshPort)
    await using given = await writeFwCfg(paths.fwCfgDir, { identity: spec.identity, sshPort, epochMs: Date.now(), guestFiles: spec.guestFiles })
    const plan = planOf(start, { choice, sshPort, fwCfg: given.files })
    try {
      return { launched: await launchQemu({ program: qemu.path, library, plan, virtiofs, paths, log, signal }), plan }
    } catch (error) {
      const isTaken = error instanceof CoveError && error.message === portTaken(sshPort).message
      if (virtiofs && 'virtiofsd' in virtiofs && !isTaken && !signal.aborted) {
        virtiofs = withoutVirtiofs(start, error)
        continue
      }
      if (!isTaken || spec.sshPort !== 0 || attempt === portTries) throw error
      log.info('the port was taken meanwhile; another one is tried', { sshPort, attempt })
    }
  }
}

/** What serves the folders that are wanted by virtiofs; a program that cannot is a warning, never a failed start. */
async function planVirtiofs(start: Start): Promise<Launch['virtiofs']> {
  const folders = start.spec.virtiofsFolders ?? []
  if (folders.length === 0) return undefined
  try {
    return { virtiofsd: await findVirtiofsd({ isRoot: process.geteuid?.() === 0 }), folders }
  } catch (error) {
    return withoutVirtiofs(start, error)
  }
}

function withoutVirtiofs({ context: { log } }: Start, error: unknown): { problem: string } {
  const { message, hint } = toCoveError(error)
  log.warn('the vm starts without virtiofs', { error })
  return { problem: hint === undefined ? message : `${message}. ${hint}` }
}

/** The wanted port if it is free, or a free one for 0; loopback only. @throws CoveError `vm.start-failed`. */
export async function pickPort(wanted: number): Promise<number> {
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
