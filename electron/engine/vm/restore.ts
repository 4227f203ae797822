import { type FileHandle, open } from 'node:fs/promises'
import { relative } from 'node:path'
import { withLimit } from '#base/limit.ts'
import type { CovePaths } from '#base/paths.ts'
import { toCoveError } from '#contract/errors.ts'
import { remark } from '#contract/remark.ts'
import { type AcceleratorChoice, emulated } from './accelerator.ts'
import type { Vm } from './driver.ts'
import { fingerprintOf, misfit } from './fingerprint.ts'
import { writeFwCfg } from './fw-cfg.ts'
import { compareVersions, type QemuVersion } from './host.ts'
import { type Launched, type LaunchPlan, launchQemu } from './launch.ts'
import { digestOf, type MemoryDigest, stateOf } from './memory-file.ts'
import { watchMigration } from './migration.ts'
import { QemuVm } from './qemu-vm.ts'
import { discardSaved, discountSaved, diskStamp, readSaved, removeMemory, type SavedRecord } from './saved-state.ts'
import { chooseEngine, type Engine, pickPort, planOf, recordOf, type Start } from './start.ts'
import { type VmRecord, writeVmRecord } from './vm-record.ts'

/** How long the memory may take to be loaded. */
const loadLimitMs = 120_000

/** A saved memory that cannot be used; the message says why. */
class Unfit extends Error {}

/** Loads a saved vm and lets it run on; see VmDriver.restore. */
export async function restoreVm(start: Start): Promise<{ vm: Vm } | { unfit: string }> {
  const { paths, log } = start.context
  const reading = new AbortController()
  await using opened = new AsyncDisposableStack()
  const saved = await readSaved(paths)
  const memory = await open(paths.savedMemory).catch(() => undefined)
  if (memory) opened.use(memory)
  // From the first moment on: it takes about as long as everything up to the guest's first step.
  const digest = memory && saved?.memory ? digestOf(memory, AbortSignal.any([start.signal, reading.signal])) : undefined
  opened.defer(async () => {
    reading.abort()
    await digest?.catch(() => undefined)
  })
  digest?.catch(() => undefined)
  const engine = await chooseEngine(start, { isForSaved: true })
  try {
    if (!saved) throw new Unfit('there is none that is whole')
    return { vm: await load(start, { engine, saved, memory, digest }) }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    log.warn('the saved memory is discarded', { why: error.message })
    await discardSaved(paths)
    return { unfit: error.message }
  }
}

/** What is loaded, and by what. */
interface Loading {
  engine: Engine
  saved: SavedRecord
  memory: FileHandle | undefined
  digest: Promise<MemoryDigest> | undefined
}

async function load(start: Start, loading: Loading): Promise<Vm> {
  const { context, spec, signal } = start
  const { saved } = loading
  const { paths, log, library } = context
  const sshPort = spec.sshPort === 0 ? saved.sshPort : spec.sshPort
  await using given = await writeFwCfg(paths.fwCfgDir, { identity: spec.identity, sshPort, epochMs: Date.now(), guestFiles: spec.guestFiles })
  const planWith = (choice: AcceleratorChoice): LaunchPlan => planOf(start, { choice, sshPort, fwCfg: given.files })
  const engine = asBefore(start, loading, planWith)
  const plan = planWith(engine.choice)
  const memory = await requireFit(start, { ...loading, engine, plan })
  const launched = await launchQemu({ program: engine.qemu.path, library, plan, paths, log, signal, memory: memory.file })
  const record = recordOf(start, { engine, launched, plan })
  const aftermath = Promise.withResolvers<void>()
  const vm = new QemuVm({ ...launched, record, paths, log, pausedBy: null, aftermath: aftermath.promise })
  try {
    await writeVmRecord(paths.vmRecord, { ...record, phase: 'restoring' })
    await fill(start, { launched, engine, memory, expected: saved })
    await spec.image.verified
    signal.throwIfAborted()
    // From here on the saved memory is history: first it counts for nothing, then the guest runs.
    await discountSaved(paths)
    await launched.qmp.execute('cont', {}, 10_000)
  } catch (error) {
    aftermath.resolve()
    await vm.kill()
    throw error
  }
  aftermath.resolve(settle(start, record))
  log.info('the vm runs on', { pid: vm.pid, bytes: saved.memory?.bytes ?? 0, sleptSince: saved.savedAt })
  return vm
}

/** What nobody who needs the guest has to wait for. An engine that ends before leaves what the next one understands. */
async function settle({ context: { paths, log } }: Start, record: VmRecord): Promise<void> {
  await writeVmRecord(paths.vmRecord, record).catch((error: unknown) => log.error('the record of the vm says that it is being woken', { error }))
  await removeMemory(paths).catch((error: unknown) => log.warn('the file of the saved memory stays until the next sleep', { error }))
}

/** Hardware that was found unusable and passes its probe now is for the next boot: what was saved in software emulation runs on in it. */
function asBefore({ host, spec }: Start, { engine, saved }: Loading, planWith: (choice: AcceleratorChoice) => LaunchPlan): Engine {
  const { qemu, choice } = engine
  const fits = (candidate: AcceleratorChoice): boolean => misfit(saved.fingerprint, fingerprintOf(planWith(candidate), { qemu, recipe: spec.image.recipe })) === undefined
  if (spec.accelerator !== 'auto' || choice.accelerator === 'tcg' || fits(choice)) return engine
  const former = emulated(host, choice.version, [remark('acceleration.missing', 'The vm fell asleep in software emulation (tcg) and runs on in it, many times slower than with the hardware acceleration that works now: cove restart', {})])
  return fits(former) ? { qemu, choice: former } : engine
}

/** Saved memory that may fit. */
interface Memory {
  file: FileHandle
  digest: Promise<MemoryDigest>
}

async function requireFit({ context: { paths }, spec }: Start, { engine, saved, memory, digest, plan }: Loading & { plan: LaunchPlan }): Promise<Memory> {
  if (!saved.memory) throw new Unfit('it was not saved with its memory')
  const difference = misfit(saved.fingerprint, fingerprintOf(plan, { qemu: engine.qemu, recipe: spec.image.recipe }))
  if (difference !== undefined) throw new Unfit(difference)
  const disk = await diskStamp(paths.dataDisk).catch(() => 'gone')
  if (disk !== saved.disk) throw new Unfit('the data disk was changed since')
  const bytes = memory ? (await memory.stat()).size : 0
  if (!memory || !digest || bytes !== saved.memory.bytes) throw new Unfit(`its file has ${bytes} bytes instead of ${saved.memory.bytes}`)
  // The guest's firewall knows this port: another one would let its containers at the tunnel.
  await pickPort(plan.sshPort).catch(() => {
    throw new Unfit(`port ${plan.sshPort} of 127.0.0.1 is in use by another program`)
  })
  return { file: memory, digest }
}

/**
 * Has QEMU fill its memory from the file, which is checked meanwhile: both read the same pages of the same file, and
 * nobody wrote to it between the first and the last of them.
 */
async function fill({ context: { paths }, signal }: Start, { launched, engine, memory, expected }: { launched: Launched; engine: Engine; memory: Memory; expected: SavedRecord }): Promise<void> {
  const limit = { what: 'the saved memory to be loaded', ms: loadLimitMs, signal }
  try {
    const before = await stateOf(memory.file)
    await withLimit(limit, async () => {
      using migration = await watchMigration(launched.qmp)
      const loaded = launched.qmp.execute('migrate-incoming', { uri: memoryUri(engine.choice.version, paths, launched.memoryFd) }).then(() => migration.ended)
      // What is wrong with the file says more than how QEMU stumbled over it.
      const [, digest] = await Promise.all([loaded.catch(() => undefined), memory.digest])
      if (digest.crc32 !== expected.memory?.crc32 || digest.bytes !== expected.memory.bytes) throw new Unfit('its file is damaged')
      await loaded
    })
    if ((await stateOf(memory.file)) !== before) throw new Unfit('its file was written to while it was loaded')
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof Unfit ? error : new Unfit(toCoveError(error).message)
  }
}

/** QEMU 8.2 learned to read a file, QEMU 11 unlearned to read one that it is handed (qemu docs/about/removed-features). */
export function memoryUri(version: QemuVersion, { savedMemory, runDir }: Pick<CovePaths, 'savedMemory' | 'runDir'>, fd: number): string {
  // From its working folder: an absolute path may hold anything, ",offset=" as well.
  return compareVersions(version, { major: 8, minor: 2, patch: 0 }) >= 0 ? `file:${relative(runDir, savedMemory)}` : `fd:${fd}`
}
