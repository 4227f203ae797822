import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, stat, open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { errnoOf } from '#base/errno.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { GuestImage } from './driver.ts'
import { guestArch } from './host.ts'
import { type Artefact, GuestManifest } from './manifest.ts'

/** How to open an image. */
export interface OpenImageOptions {
  /** Where the decoded kernel is kept. */
  cacheDir: string
  signal?: AbortSignal
  /** The CPU the image must be for; default the guest's. */
  arch?: 'amd64' | 'arm64'
}

const hint = 'In a checkout run `npm start`; otherwise install Cove again.'

/** Tells one image from another. @throws CoveError `image.missing`, `image.corrupt`. */
export async function guestImageName(dir: string): Promise<string> {
  const { recipe, arch } = await readManifest(dir)
  return `${recipe} ${arch}`
}

/**
 * Reads the image's manifest and begins to verify the sha256 of every artefact, and of the decoded kernel, which `verified`
 * tells the end of; without a decoded kernel it waits for one.
 * @throws CoveError `image.missing`, `image.corrupt` (with file, expected and actual), `disk.no-space`, `file.unwritable`, here or by `verified`.
 */
export async function openGuestImage(dir: string, options: OpenImageOptions): Promise<GuestImage> {
  const manifest = await readManifest(dir)
  const arch = options.arch ?? (guestArch() === 'arm64' ? 'arm64' : 'amd64')
  if (manifest.arch !== arch) throw corrupt(`the image "${dir}" is for ${manifest.arch}, this computer needs ${arch}`)
  const { kernel, initrd, root } = manifest.artefacts
  const checking = Promise.all([openKernel(dir, kernel, options), verified(dir, initrd, options.signal), verified(dir, root, options.signal)])
  const isVerified = checking.then(() => undefined)
  // Whoever waits for it is told; nobody may.
  isVerified.catch(() => undefined)
  const ready = kernel.encoding === 'none' ? join(dir, kernel.file) : join(options.cacheDir, decodedKernel(kernel).file)
  const kernelPath = await access(ready).then(() => ready, async () => (await checking)[0])
  const { recipe, kernelVersion, dockerVersion } = manifest
  return { dir, kernel: kernelPath, initrd: join(dir, initrd.file), root: join(dir, root.file), recipe, kernelVersion, dockerVersion, verified: isVerified }
}

/**
 * The manifest of the image in `dir`, without looking at its artefacts.
 * @throws CoveError `image.missing`, `image.corrupt`.
 */
export async function readManifest(dir: string): Promise<GuestManifest> {
  const file = join(dir, 'manifest.json')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error)
  })
  const parsed = GuestManifest.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw corrupt(`the manifest "${file}" is malformed at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'no JSON'}`)
}

async function openKernel(dir: string, kernel: GuestManifest['artefacts']['kernel'], options: OpenImageOptions): Promise<string> {
  const packed = await verified(dir, kernel, options.signal)
  if (kernel.encoding === 'none') return packed
  const decoded = decodedKernel(kernel)
  // A missing or damaged copy in the cache heals by itself: the packed kernel was verified just now.
  const cached = await verified(options.cacheDir, decoded, options.signal).catch((error: unknown) => {
    if (error instanceof CoveError) return undefined
    throw error
  })
  return cached ?? (await decodeKernel(packed, decoded, options))
}

/** What a kernel that is packed must be once it is decoded. */
function decodedKernel({ decodedSha256, decodedBytes }: Extract<GuestManifest['artefacts']['kernel'], { encoding: 'zstd' }>): Artefact {
  return { file: `kernel-${decodedSha256.slice(0, 16)}`, bytes: decodedBytes, sha256: decodedSha256 }
}

async function decodeKernel(packed: string, decoded: Artefact, { cacheDir, signal }: OpenImageOptions): Promise<string> {
  const target = join(cacheDir, decoded.file)
  const partial = `${target}.${process.pid}.new`
  const hash = createHash('sha256')
  const tap = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    await mkdir(cacheDir, { recursive: true, mode: 0o700 })
    await pipeline(createReadStream(packed), createZstdDecompress(), tap, createWriteStream(partial, { mode: 0o600 }), signal ? { signal } : {})
    const actual = hash.digest('hex')
    if (actual !== decoded.sha256) throw mismatch(packed, `sha256 ${decoded.sha256} once decoded`, `sha256 ${actual}`)
    await rename(partial, target)
    await removeOldKernels(cacheDir, decoded.file)
    return target
  } catch (error) {
    await rm(partial, { force: true })
    throw decodeError(packed, target, error)
  }
}

function decodeError(packed: string, target: string, error: unknown): unknown {
  const errno = errnoOf(error) ?? ''
  if (errno === 'ENOSPC') return new CoveError('disk.no-space', { message: `no room for the decoded kernel "${target}"`, about: { path: target }, hint: 'Free some space on that disk.' })
  if (errno.startsWith('ZSTD')) return corrupt(`the kernel "${packed}" cannot be decoded: ${toCoveError(error).message}`)
  if (/^E[A-Z]+$/.test(errno)) return new CoveError('file.unwritable', { message: `cannot write "${target}": ${toCoveError(error).message}`, about: { path: target }, cause: error })
  return error
}

/** Each image update leaves a decoded kernel of some 50 MB behind otherwise. */
async function removeOldKernels(cacheDir: string, current: string): Promise<void> {
  const stale = (await readdir(cacheDir)).filter((name) => /^kernel-[0-9a-f]{16}$/.test(name) && name !== current)
  await Promise.all(stale.map((name) => rm(join(cacheDir, name), { force: true })))
}

/** The path of an artefact whose size and sha256 are right. */
async function verified(dir: string, artefact: Artefact, signal?: AbortSignal): Promise<string> {
  const path = join(dir, artefact.file)
  const hash = createHash('sha256')
  try {
    const { size } = await stat(path)
    if (size !== artefact.bytes) throw mismatch(path, `${artefact.bytes} bytes`, `${size} bytes`)
    await using file = await open(path)
    // One buffer for all of it: a stream's chunks would leave 100 MB of garbage in a process that lives for days.
    const buffer = Buffer.allocUnsafe(256 * 1024)
    for (let length = -1; length !== 0; signal?.throwIfAborted()) {
      length = (await file.read(buffer)).bytesRead
      hash.update(buffer.subarray(0, length))
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof CoveError ? error : unreadable(path, error)
  }
  const actual = hash.digest('hex')
  if (actual !== artefact.sha256) throw mismatch(path, `sha256 ${artefact.sha256}`, `sha256 ${actual}`)
  return path
}

function unreadable(path: string, error: unknown): CoveError {
  if (errnoOf(error) === 'ENOENT') return new CoveError('image.missing', { message: `the guest image has no "${path}"`, about: { path }, hint })
  return corrupt(`cannot read "${path}" of the guest image: ${toCoveError(error).message}`)
}

function mismatch(path: string, expected: string, actual: string): CoveError {
  return corrupt(`"${path}" of the guest image is damaged: expected ${expected}, found ${actual}`)
}

function corrupt(message: string): CoveError {
  return new CoveError('image.corrupt', { message, hint })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
