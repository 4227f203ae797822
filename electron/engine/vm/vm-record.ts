import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { Remark } from '#contract/remark.ts'
import { readJson, writeJson } from '#base/json-file.ts'

/** Everything a saved memory must find again to be loaded; each is compared as it is. */
export const Fingerprint = z.object({
  /** The QEMU program's file. */
  qemu: z.string(),
  /** Its whole command line, less what each start makes anew. */
  arguments: z.string(),
  /** The guest image's recipe. */
  image: z.string(),
  /** The host's kernel and processor. */
  host: z.string(),
})
export type Fingerprint = z.infer<typeof Fingerprint>

/** What a later engine must know of a running vm; holds no secret. */
export const VmRecord = z.object({
  format: z.literal(1),
  process: z.object({ pid: z.int().positive(), started: z.string() }),
  program: z.string(),
  accelerator: z.enum(['kvm', 'hvf', 'whpx', 'tcg']),
  cpus: z.int().positive(),
  memoryMiB: z.int().positive(),
  sshPort: z.int().min(1).max(65535),
  startedAt: z.iso.datetime(),
  recipe: z.string(),
  /** Mere sentences in the record of an older Cove. */
  warnings: z.array(z.union([Remark, z.string().transform((message): Remark => ({ code: '', about: null, message }))])),
  /** Missing in the record of an older Cove, whose vm can then not be saved. */
  fingerprint: Fingerprint.optional(),
  /** What was going on when this was written: an engine that ended in the middle left the vm standing still. */
  phase: z.enum(['saving', 'restoring']).optional(),
})
export type VmRecord = z.infer<typeof VmRecord>

/** The record at `path`; undefined when there is none, `broken` when it cannot be understood. */
export async function readVmRecord(path: string): Promise<VmRecord | undefined | 'broken'> {
  try {
    const content = await readJson(path)
    if (content === undefined) return undefined
    const parsed = VmRecord.safeParse(content)
    return parsed.success ? parsed.data : 'broken'
  } catch {
    return 'broken'
  }
}

/** Writes the record atomically, 0600. @throws CoveError `file.unwritable`, `disk.no-space`. */
export async function writeVmRecord(path: string, record: VmRecord): Promise<void> {
  await writeJson(path, record)
}

/** Removes the record of this vm; one of a later vm stays. */
export async function removeVmRecord(path: string, record: VmRecord): Promise<boolean> {
  const present = await readVmRecord(path)
  if (present === undefined || present === 'broken' || present.process.started !== record.process.started || present.process.pid !== record.process.pid) return false
  await rm(path, { force: true })
  return true
}
