import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openGuestImage } from '#engine/vm/guest-image.ts'

let dir: string
let cacheDir: string
const kernel = randomBytes(200_000)
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

function artefact(file: string, bytes: Buffer): { file: string; bytes: number; sha256: string } {
  writeFileSync(join(dir, file), bytes)
  return { file, bytes: bytes.length, sha256: hash(bytes) }
}

function manifest(change: (same: ReturnType<typeof content>) => unknown = (same) => same): void {
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(change(content())))
}

function content() {
  const packed = artefact('kernel.zst', zstdCompressSync(kernel))
  return {
    format: 1,
    arch: 'amd64',
    recipe: 'abc',
    kernelVersion: '6.12',
    dockerVersion: '28.5.2',
    artefacts: {
      kernel: { ...packed, encoding: 'zstd', decodedBytes: kernel.length, decodedSha256: hash(kernel) },
      initrd: artefact('initrd', randomBytes(1000)),
      root: artefact('root.erofs', randomBytes(3_000_000)),
    },
    packages: [{ name: 'a', version: '1', architecture: 'all', sha256: hash(kernel) }],
  }
}

const open = async (signal?: AbortSignal) => {
  const image = await openGuestImage(dir, { cacheDir, arch: 'amd64', ...(signal ? { signal } : {}) })
  await image.verified
  return image
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cove-image-'))
  cacheDir = join(dir, 'cache')
  manifest()
})
afterEach(() => rmSync(dir, { recursive: true }))

test('Verifies an image and decodes its kernel once', async () => {
  const image = await open()
  expect(image).toMatchObject({ recipe: 'abc', dockerVersion: '28.5.2', root: join(dir, 'root.erofs') })
  expect(readFileSync(image.kernel).equals(kernel)).toBe(true)
  const { mtimeMs } = statSync(image.kernel)
  expect((await open()).kernel).toBe(image.kernel)
  expect(statSync(image.kernel).mtimeMs).toBe(mtimeMs)
  expect(readdirSync(cacheDir)).toHaveLength(1)
})

test('Decodes the kernel again when its copy in the cache is damaged, and drops that of an older image', async () => {
  const image = await open()
  writeFileSync(image.kernel, kernel.toReversed())
  writeFileSync(join(cacheDir, 'kernel-0123456789abcdef'), 'old')
  expect(readFileSync((await open()).kernel).equals(kernel)).toBe(true)
  expect(readdirSync(cacheDir)).toHaveLength(1)
})

test('Boots an uncompressed kernel from where it is', async () => {
  manifest((same) => ({ ...same, artefacts: { ...same.artefacts, kernel: { ...artefact('vmlinux', kernel), encoding: 'none' } } }))
  expect((await open()).kernel).toBe(join(dir, 'vmlinux'))
})

test.each(['kernel.zst', 'initrd', 'root.erofs'])('Refuses a %s with one changed byte, naming it and both checksums', async (file) => {
  const bytes = readFileSync(join(dir, file))
  const expected = hash(bytes)
  bytes[500] = (bytes[500] ?? 0) ^ 1
  writeFileSync(join(dir, file), bytes)
  await expect(open()).rejects.toMatchObject({ code: 'image.corrupt', message: expect.stringMatching(new RegExp(`${file}.*${expected}.*${hash(bytes)}`)), hint: expect.stringContaining('npm start') })
})

test('Refuses a truncated root image by its size', async () => {
  writeFileSync(join(dir, 'root.erofs'), readFileSync(join(dir, 'root.erofs')).subarray(0, 1_000_000))
  await expect(open()).rejects.toMatchObject({ code: 'image.corrupt', message: expect.stringContaining('expected 3000000 bytes, found 1000000 bytes') })
})

test('Refuses a kernel whose decoded form is not the promised one', async () => {
  manifest((same) => ({ ...same, artefacts: { ...same.artefacts, kernel: { ...same.artefacts.kernel, decodedSha256: hash(Buffer.from('other')) } } }))
  await expect(open()).rejects.toMatchObject({ code: 'image.corrupt' })
  expect(readdirSync(cacheDir)).toEqual([])
})

test.each(['manifest.json', 'initrd'])('Says that %s is missing', async (file) => {
  rmSync(join(dir, file))
  await expect(open()).rejects.toMatchObject({ code: 'image.missing', message: expect.stringContaining(file) })
})

test('Refuses a manifest that is cut off, of another format or CPU, or that points out of its folder', async () => {
  const text = readFileSync(join(dir, 'manifest.json'), 'utf8')
  const bad = [text.slice(0, 100), text.replace('"format":1', '"format":2'), text.replace('amd64', 'arm64'), text.replace('"initrd","bytes"', '"../initrd","bytes"')]
  for (const content of bad) {
    writeFileSync(join(dir, 'manifest.json'), content)
    await expect(open()).rejects.toMatchObject({ code: 'image.corrupt' })
  }
})

test('Stops at once when told to', async () => {
  const reason = new Error('enough')
  await expect(open(AbortSignal.abort(reason))).rejects.toBe(reason)
})
