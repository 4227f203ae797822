import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { execa } from 'execa'
import { errnoOf } from '#base/errno.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { lastLines } from './program.ts'
import { inspectQcow2, readQcow2Header } from './qcow2.ts'

/** What a qcow2 takes; all in bytes. */
export interface DataDiskUsage {
  capacityBytes: number
  allocatedBytes: number
  hostFreeBytes: number
}

/** How to make or grow a disk. */
export interface DataDiskRequest {
  path: string
  /** The size to create it with, or to grow it to. */
  bytes: number
  /** Finds the qemu-img program; asked only when there is something to do. */
  qemuImg(): Promise<string>
  signal?: AbortSignal
}

/** Below this a vm is not started: its first writes would stop it. */
const leastFreeBytes = 512 * 1024 * 1024

/**
 * Makes the data disk when there is none (sparse), else checks it and grows it to `bytes` if it is smaller; never shrinks.
 * @throws CoveError `disk.corrupt` (the file stays as it is), `disk.no-space`, `disk.in-use`, `vm.program-missing`, `file.unwritable`.
 */
export async function prepareDataDisk(request: DataDiskRequest): Promise<void> {
  await mkdir(dirname(request.path), { recursive: true, mode: 0o700 })
  await requireFreeSpace(dirname(request.path))
  const capacityBytes = await checkDataDisk(request.path)
  if (capacityBytes === undefined) await createDataDisk(request)
  else if (capacityBytes < request.bytes) await growDataDisk(request)
}

/**
 * The disk's capacity in bytes once its header and tables make sense; undefined when there is no disk. Writes nothing.
 * Only while no vm runs: tables that are being written look damaged now and then.
 * @throws CoveError `disk.corrupt`.
 */
export function checkDataDisk(path: string): Promise<number | undefined> {
  return capacity(path, inspectQcow2)
}

/** The disk's capacity in bytes by its header alone, vm or not; undefined when there is no disk. @throws CoveError `disk.corrupt`. */
export function dataDiskCapacity(path: string): Promise<number | undefined> {
  return capacity(path, readQcow2Header)
}

async function capacity(path: string, read: typeof inspectQcow2): Promise<number | undefined> {
  const found = await read(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw corrupt(path, toCoveError(error).message)
  })
  if (typeof found === 'string') throw corrupt(path, found)
  return found?.capacityBytes
}

/**
 * Makes the disk at least `bytes` large, with the vm off.
 * @throws CoveError `disk.invalid-size` when it is larger already, `disk.in-use` while a vm has it open, `disk.corrupt`.
 */
export async function growDataDisk(request: DataDiskRequest): Promise<void> {
  const { path, bytes } = request
  const present = await dataDiskCapacity(path)
  if (present === undefined) return await createDataDisk(request)
  if (bytes < present) throw shrinking(bytes, present)
  if (bytes > present) await runQemuImg(request, ['resize', '-q', '-f', 'qcow2', path, String(bytes)])
}

/** The error for a size below the present one. */
export function shrinking(bytes: number, presentBytes: number): CoveError {
  return new CoveError('disk.invalid-size', {
    message: `the data disk has ${gib(presentBytes)} GiB and cannot shrink to ${gib(bytes)} GiB`,
    hint: 'Free space goes back to the host by itself; a smaller disk needs `cove reset --data`.',
  })
}

/** Capacity, blocks really taken, and what is free beside them; undefined when there is no disk. */
export async function dataDiskUsage(path: string): Promise<DataDiskUsage | undefined> {
  const capacityBytes = await dataDiskCapacity(path)
  if (capacityBytes === undefined) return undefined
  const [info, hostFreeBytes] = await Promise.all([stat(path), freeBytes(dirname(path))])
  // st_blocks counts 512 bytes whatever the file system's block size; Windows has none and gives 0.
  return { capacityBytes, allocatedBytes: info.blocks > 0 ? info.blocks * 512 : info.size, hostFreeBytes }
}

/** Bytes an unprivileged user may still write in a folder's file system. */
export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

async function requireFreeSpace(dir: string): Promise<void> {
  const free = await freeBytes(dir)
  if (free >= leastFreeBytes) return
  throw new CoveError('disk.no-space', {
    message: `"${dir}" has ${Math.floor(free / 1024 / 1024)} MiB free; the vm needs at least ${leastFreeBytes / 1024 / 1024} MiB`,
    about: { path: dir },
    hint: 'Free some space on that disk, then start again.',
  })
}

/** Made under another name first, so that a crash never leaves half a disk at the real one. */
async function createDataDisk(request: DataDiskRequest): Promise<void> {
  const partial = `${request.path}.${randomBytes(4).toString('hex')}.new`
  try {
    await runQemuImg(request, ['create', '-q', '-f', 'qcow2', '-o', 'compat=1.1', partial, String(request.bytes)])
    await chmod(partial, 0o600)
    await putInPlace(partial, request.path)
  } finally {
    await rm(partial, { force: true })
  }
}

/** A link never replaces a disk that another start made meanwhile and may already write to; a rename would. */
async function putInPlace(partial: string, path: string): Promise<void> {
  await link(partial, path).catch(async (error: unknown) => {
    if (errnoOf(error) === 'EEXIST') return
    // File systems without hard links (exFAT).
    await rename(partial, path)
  })
}

async function runQemuImg({ qemuImg, path, signal }: DataDiskRequest, args: string[]): Promise<void> {
  const program = await qemuImg()
  const run = await execa(program, args, { reject: false, stdin: 'ignore', ...(signal ? { cancelSignal: signal } : {}) })
  signal?.throwIfAborted()
  if (!run.failed) return
  const why = lastLines(run.stderr, 3) || run.originalMessage || `code ${run.exitCode ?? 'unknown'}`
  if (/write" lock/.test(why)) throw inUse(path)
  const code = /No space left/i.test(why) ? 'disk.no-space' : 'file.unwritable'
  throw new CoveError(code, { message: `qemu-img ${args[0]} of "${path}" failed: ${why}`, about: { path }, hint: 'Check the free space and the permissions of that folder.' })
}

/** The error for a disk another process has open (QEMU's own image locking). */
export function inUse(path: string): CoveError {
  return new CoveError('disk.in-use', {
    message: `the data disk "${path}" is in use by another process`,
    about: { path },
    hint: 'Another vm runs with this disk: stop it (cove stop), or end the QEMU process that has it open.',
  })
}

function corrupt(path: string, why: string): CoveError {
  return new CoveError('disk.corrupt', {
    message: `the data disk "${path}" is damaged: ${why}; it was left untouched`,
    about: { path },
    hint: `Put a backup in its place, try \`qemu-img check -r all\` on a copy, or begin anew with \`cove reset --data\` (containers, images and volumes are lost).`,
  })
}

function gib(bytes: number): number {
  return Math.round((bytes / 1024 ** 3) * 10) / 10
}
