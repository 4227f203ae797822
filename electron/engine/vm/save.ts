import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from '#base/errno.ts'
import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { freeBytes } from './data-disk.ts'
import type { SavedNote } from './driver.ts'
import type { MemoryDigest } from './memory-file.ts'
import { receiveMemory } from './memory-stream.ts'
import { abandonMigration, watchMigration } from './migration.ts'
import type { QmpClient } from './qmp.ts'
import { commitSaved, diskStamp, partialMemory, prepareSaving } from './saved-state.ts'
import { type VmRecord, writeVmRecord } from './vm-record.ts'

/** How long the memory may take to be on the disk; 16 GiB at 60 MB/s. */
const saveLimitMs = 300_000
/** What stays free on the host disk beside the largest memory that may come. */
const spareBytes = 256 * 1024 * 1024

/** A vm whose memory is to be saved. */
export interface Save {
  qmp: QmpClient
  record: VmRecord
  paths: CovePaths
  log: Logger
  signal: AbortSignal
}

/**
 * Stops the guest and writes its memory; QEMU stays, standing still, for its caller to end.
 * @throws CoveError `vm.save-unsupported`, `vm.save-failed`, `disk.no-space` or the signal's reason, with the guest running on.
 */
export async function saveMemory(save: Save): Promise<MemoryDigest> {
  const { qmp, record, paths, signal, log } = save
  if (!record.fingerprint) throw unsupported('it was started by an older Cove')
  await requireRoom(paths, record)
  await prepareSaving(paths)
  await writeVmRecord(paths.vmRecord, { ...record, phase: 'saving' })
  const limit = { what: 'the memory of the vm to be saved', ms: saveLimitMs, signal, code: 'vm.save-failed' as const }
  let transferring: Promise<MemoryDigest> | undefined
  // Under load the signal that was made of the caller's was seen to be aborted, and the caller's not (2 of 500 saves, Node 24.21).
  let limited: AbortSignal | undefined
  try {
    return await withLimit(limit, (own) => (transferring = transfer(save, (limited = own))))
  } catch (error) {
    await abandonMigration(qmp).catch((cause: unknown) => log.error('the vm does not go on after a save that failed', { error: cause }))
    // It ends with QEMU's stream, and writes until then.
    await withLimit({ what: 'the stream of memory to end', ms: 5000 }, async () => void (await transferring?.catch(() => undefined))).catch(() => undefined)
    await rm(partialMemory(paths), { force: true })
    await writeVmRecord(paths.vmRecord, record)
    const ended = [signal, limited].find((each) => each?.aborted)
    throw ended ? ended.reason : reasonOf(error, paths)
  }
}

/** Makes the memory count once QEMU is gone and the disk will not change any more. */
export async function commitSave({ record, paths }: Pick<Save, 'record' | 'paths'>, { memory, note }: { memory: MemoryDigest; note: SavedNote }): Promise<void> {
  await commitSaved(paths, {
    format: 1,
    savedAt: new Date().toISOString(),
    fingerprint: record.fingerprint ?? null,
    disk: await diskStamp(paths.dataDisk),
    memory,
    sshPort: record.sshPort,
    note,
  })
}

async function transfer({ qmp, paths }: Save, signal: AbortSignal): Promise<MemoryDigest> {
  await qmp.execute('stop')
  using migration = await watchMigration(qmp)
  await using receiver = await receiveMemory(paths.runDir, partialMemory(paths))
  // Whoever gave up lets the guest run on: a migration that began after that would go on for ever.
  signal.throwIfAborted()
  await qmp.execute('migrate', { uri: receiver.uri }).catch((error: unknown) => {
    throw unsupported(toCoveError(error).message)
  })
  // Whichever fails first says why: a full disk breaks QEMU's stream, an ended QEMU ends the file.
  const broken = receiver.received.then(() => migration.ended)
  await Promise.race([migration.ended, broken])
  return await receiver.received
}

async function requireRoom({ savedDir }: CovePaths, { memoryMiB }: VmRecord): Promise<void> {
  const free = await freeBytes(dirname(savedDir))
  const need = memoryMiB * 1024 * 1024 + spareBytes
  if (free >= need) return
  throw noSpace(dirname(savedDir), `"${dirname(savedDir)}" has ${mib(free)} MiB free; saving ${memoryMiB} MiB of memory may take ${mib(need)} MiB`)
}

function reasonOf(error: unknown, { savedDir }: CovePaths): CoveError {
  if (errnoOf(error) === 'ENOSPC') return noSpace(savedDir, `the disk of "${savedDir}" became full while the memory of the vm was saved`)
  return toCoveError(error, 'vm.save-failed')
}

function noSpace(path: string, message: string): CoveError {
  return new CoveError('disk.no-space', { message, about: { path }, hint: 'Free some space on that disk; the vm stays awake until then.' })
}

/** The error for a vm whose memory cannot be saved. */
export function unsupported(why: string): CoveError {
  return new CoveError('vm.save-unsupported', { message: `the memory of this vm cannot be saved: ${why}`, hint: 'Stop it instead: cove stop' })
}

function mib(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024)
}
