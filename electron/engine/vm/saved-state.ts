import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { z } from 'zod'
import { readJson, writeJson } from '#base/json-file.ts'
import type { CovePaths } from '#base/paths.ts'
import type { SavedVm } from './driver.ts'
import { Fingerprint } from './vm-record.ts'

/** What is known of a saved vm. Written last and removed first: without it the memory beside it counts for nothing. */
export const SavedRecord = z.object({
  format: z.literal(1),
  savedAt: z.iso.datetime(),
  fingerprint: Fingerprint.nullable(),
  /** The data disk as QEMU left it, see `diskStamp`. */
  disk: z.string(),
  /** Null when the vm was stopped because its memory cannot be saved. */
  memory: z.object({ bytes: z.int().positive(), crc32: z.int().nonnegative() }).nullable(),
  sshPort: z.int().min(0).max(65535),
  note: z.object({
    containers: z.int().nonnegative(),
    ports: z.array(z.object({ hostAddress: z.string(), hostPort: z.int().min(1).max(65535) })).readonly().default([]),
  }),
})
export type SavedRecord = z.infer<typeof SavedRecord>

/** Where memory is written to before it is known to be whole. */
export function partialMemory(paths: CovePaths): string {
  return `${paths.savedMemory}.new`
}

/** The record of a saved vm; undefined when there is none that can be understood. */
export async function readSaved(paths: CovePaths): Promise<SavedRecord | undefined> {
  const content = await readJson(paths.savedRecord).catch(() => undefined)
  const parsed = SavedRecord.safeParse(content)
  return parsed.success ? parsed.data : undefined
}

/** The saved vm as the driver tells of it. */
export async function describeSaved(paths: CovePaths): Promise<SavedVm | undefined> {
  const record = await readSaved(paths)
  return record && { savedAt: new Date(record.savedAt), bytes: record.memory?.bytes ?? 0, note: record.note }
}

/** An empty folder to save into. */
export async function prepareSaving(paths: CovePaths): Promise<void> {
  await discardSaved(paths)
  await mkdir(paths.savedDir, { recursive: true, mode: 0o700 })
}

/** Makes what was saved count. The memory must be on the disk already. */
export async function commitSaved(paths: CovePaths, record: SavedRecord): Promise<void> {
  await mkdir(paths.savedDir, { recursive: true, mode: 0o700 })
  if (record.memory) await rename(partialMemory(paths), paths.savedMemory)
  await writeJson(paths.savedRecord, record)
  await syncFolder(paths.savedDir)
}

/** Removes a saved vm for good. */
export async function discardSaved(paths: CovePaths): Promise<void> {
  await discountSaved(paths)
  await removeMemory(paths)
}

/** From here on the saved memory counts for nothing: not even a power cut brings its record back. */
export async function discountSaved(paths: CovePaths): Promise<void> {
  await rm(paths.savedRecord, { force: true })
  await syncFolder(paths.savedDir)
}

/** Removes memory that counts for nothing any more; hundreds of MB take a file system a while. */
export async function removeMemory(paths: CovePaths): Promise<void> {
  await Promise.all([rm(paths.savedMemory, { force: true }), rm(partialMemory(paths), { force: true })])
}

/** What changes whenever anybody writes to the data disk; saved memory fits only the disk as it was left. */
export async function diskStamp(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true })
  return `${ino}:${size}:${mtimeNs}`
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and saves nothing either.
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
