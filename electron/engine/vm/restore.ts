import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { withLimit } from '#base/limit.ts'
import { toCoveError } from '#contract/errors.ts'
import { connectTo } from './channels.ts'
import type { Vm } from './driver.ts'
import { fingerprintOf, misfit } from './fingerprint.ts'
import { writeFwCfg } from './fw-cfg.ts'
import { type Launched, type LaunchPlan, launchQemu } from './launch.ts'
import { sendMemory } from './memory-stream.ts'
import { watchMigration } from './migration.ts'
import { QemuVm } from './qemu-vm.ts'
import { discardSaved, diskStamp, readSaved, type SavedRecord } from './saved-state.ts'
import { chooseEngine, type Engine, pickPort, planOf, recordOf, type Start } from './start.ts'
import { type VmRecord, writeVmRecord } from './vm-record.ts'

/** How long the memory may take to be loaded. */
const loadLimitMs = 120_000

/** A saved memory that cannot be used; the message says why. */
class Unfit extends Error {}

/** Loads a saved vm and lets it run on; see VmDriver.restore. */
export async function restoreVm(start: Start): Promise<{ vm: Vm } | { unfit: string }> {
  const { paths, log } = start.context
  const engine = await chooseEngine(start, async () => undefined)
  try {
    const saved = await readSaved(paths)
    if (!saved) throw new Unfit('there is none that is whole')
    return { vm: await load(start, engine, saved) }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    log.warn('the saved memory is discarded', { why: error.message })
    await discardSaved(paths)
    return { unfit: error.message }
  }
}

async function load(start: Start, engine: Engine, saved: SavedRecord): Promise<Vm> {
  const { context, spec, signal } = start
  const { paths, log, library } = context
  const sshPort = spec.sshPort === 0 ? saved.sshPort : spec.sshPort
  await using given = await writeFwCfg(paths.fwCfgDir, { identity: spec.identity, sshPort, epochMs: Date.now(), guestFiles: spec.guestFiles })
  const plan = planOf(start, { choice: engine.choice, sshPort, fwCfg: given.files })
  await requireFit(start, { engine, saved, plan })
  const launched = await launchQemu({ program: engine.qemu.path, library, plan, paths, log, signal, isIncoming: true })
  const record = recordOf(start, { engine, launched, plan })
  const vm = new QemuVm({ ...launched, record, paths, log, pausedBy: null })
  try {
    await writeVmRecord(paths.vmRecord, { ...record, phase: 'restoring' })
    await fill(start, { launched, saved })
    signal.throwIfAborted()
    await runOn(start, { launched, record })
  } catch (error) {
    await vm.kill()
    throw error
  }
  log.info('the vm runs on', { pid: vm.pid, bytes: saved.memory?.bytes ?? 0, sleptSince: saved.savedAt })
  return vm
}

/** From here on the saved memory is history: first it goes, then the guest runs. */
async function runOn({ context: { paths } }: Start, { launched, record }: { launched: Launched; record: VmRecord }): Promise<void> {
  await discardSaved(paths)
  await launched.qmp.execute('cont', {}, 10_000)
  await writeVmRecord(paths.vmRecord, record)
}

async function requireFit({ context: { paths }, spec }: Start, { engine, saved, plan }: { engine: Engine; saved: SavedRecord; plan: LaunchPlan }): Promise<void> {
  if (!saved.memory) throw new Unfit('it was not saved with its memory')
  const difference = misfit(saved.fingerprint, fingerprintOf(plan, { qemu: engine.qemu, recipe: spec.image.recipe }))
  if (difference !== undefined) throw new Unfit(difference)
  const disk = await diskStamp(paths.dataDisk).catch(() => 'gone')
  if (disk !== saved.disk) throw new Unfit('the data disk was changed since')
  const bytes = await stat(paths.savedMemory).then(({ size }) => size, () => 0)
  if (bytes !== saved.memory.bytes) throw new Unfit(`its file has ${bytes} bytes instead of ${saved.memory.bytes}`)
  // The guest's firewall knows this port: another one would let its containers at the tunnel.
  await pickPort(plan.sshPort).catch(() => {
    throw new Unfit(`port ${plan.sshPort} of 127.0.0.1 is in use by another program`)
  })
}

/** Fills QEMU's memory from the file and checks on the way that it is what was saved. */
async function fill({ context: { paths }, signal }: Start, { launched, saved }: { launched: Launched; saved: SavedRecord }): Promise<void> {
  try {
    await withLimit({ what: 'the saved memory to be loaded', ms: loadLimitMs, signal }, async (own) => {
      using migration = await watchMigration(launched.qmp)
      // QEMU listens, in its own working folder, under a name that nobody knows and for one connection.
      const path = join(paths.runDir, randomBytes(4).toString('hex'))
      await launched.qmp.execute('migrate-incoming', { uri: `unix:${path}` })
      const socket = await connectTo(path, own)
      socket.on('error', () => undefined)
      try {
        const digest = await sendMemory(paths.savedMemory, socket, own)
        if (digest.crc32 !== saved.memory?.crc32) throw new Unfit('its file is damaged')
        await migration.ended
      } finally {
        socket.destroy()
      }
    })
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof Unfit ? error : new Unfit(toCoveError(error).message)
  }
}
