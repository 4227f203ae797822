import { createHash, randomBytes } from 'node:crypto'
import { copyFile, mkdtempDisposable, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ArchiveReader } from '#engine/transfer/archive/archive-reader.ts'
import { ArchiveWriter } from '#engine/transfer/archive/archive-writer.ts'
import { chunkBytes, endText, headText, names } from '#engine/transfer/archive/layout.ts'
import type { Item, VolumeItem } from '#engine/transfer/archive/manifest.ts'
import { fileHeader, paddingOf, sizeInHeader } from '#engine/transfer/archive/ustar.ts'
import { collectGarbage } from '../../../../fixtures/garbage.ts'
import { gathered, inPieces } from '../tar/tar-bytes.ts'

const signal = new AbortController().signal
const tempDir = () => mkdtempDisposable(join(tmpdir(), 'cove-archive-'))
const network: Item = { kind: 'network', name: 'n', definition: { driver: 'bridge', isIPv6: false, isInternal: false, isAttachable: false, ipam: { driver: 'default', options: {}, ranges: [] }, options: {}, labels: {} } }

async function addVolume(writer: ArchiveWriter, name: string, data: Buffer): Promise<void> {
  const content = await writer.addContent(inPieces(data, 70_000), () => undefined)
  writer.add({ kind: 'volume', name, options: {}, labels: { a: 'b' }, content })
}

/** An archive of a network and these volumes. */
async function writeArchive(path: string, volumes: Record<string, Buffer>): Promise<{ bytes: number; sha256: string }> {
  await using writer = await ArchiveWriter.create(path)
  writer.add(network)
  for (const [name, data] of Object.entries(volumes)) await addVolume(writer, name, data)
  return await writer.finish()
}

/** Everything in an archive, read and compared. */
async function readAll(path: string): Promise<Record<string, Buffer>> {
  await using reader = await ArchiveReader.open(path)
  const found: Record<string, Buffer> = {}
  for (const item of reader.manifest.items) if (item.kind === 'volume') found[item.name] = await gathered(reader.read(item, signal))
  return found
}

const small = { a: Buffer.from('hello'), empty: Buffer.alloc(0), b: Buffer.from('world') }

test('what goes in comes out, of any length', async () => {
  await using dir = await tempDir()
  const path = join(dir.path, 'x.cove')
  const volumes = { ...small, random: randomBytes(chunkBytes * 2 + 17), exact: randomBytes(chunkBytes), zeros: Buffer.alloc(5 * chunkBytes + 1) }
  const { bytes, sha256 } = await writeArchive(path, volumes)
  const file = await readFile(path)
  expect(file.length).toBe(bytes)
  expect(createHash('sha256').update(file).digest('hex')).toBe(sha256)
  const read = await readAll(path)
  expect(Object.keys(read)).toEqual(Object.keys(volumes))
  // Not toEqual: it takes seconds for megabytes.
  for (const [name, data] of Object.entries(volumes)) expect(read[name]?.equals(data), name).toBe(true)
  expect(await readdir(dir.path)).toEqual(['x.cove'])
})

test('it is a plain tar', { skip: process.platform === 'win32' }, async () => {
  await using dir = await tempDir()
  const path = join(dir.path, 'x.cove')
  await writeArchive(path, small)
  expect(execFileSync('tar', ['-tf', path], { encoding: 'utf8' }).trim().split('\n')).toEqual([names.head, names.chunk(1, 1), names.chunk(3, 1), names.manifest, names.end])
})

test('contents stream through in bounded memory, however long', async () => {
  await using dir = await tempDir()
  const block = randomBytes(64 * 1024)
  const held = (): number => {
    collectGarbage()
    return process.memoryUsage().arrayBuffers
  }
  const before = held()
  let most = 0
  const source = (async function* () {
    for (let i = 0; i < 768; i++) {
      if (i % 32 === 0) most = Math.max(most, held() - before)
      yield block
    }
  })()
  await using writer = await ArchiveWriter.create(join(dir.path, 'x'))
  const content = await writer.addContent(source, () => undefined)
  expect(content).toMatchObject({ bytes: 48 * 1024 * 1024, chunks: 48 })
  expect(most).toBeLessThan(24 * 1024 * 1024)
})

describe('an archive that was not finished', () => {
  test('leaves nothing, and no former file is touched', async () => {
    await using dir = await tempDir()
    const path = join(dir.path, 'x.cove')
    await writeFile(path, 'former')
    {
      await using writer = await ArchiveWriter.create(path)
      await addVolume(writer, 'a', Buffer.from('x'))
    }
    expect(await readdir(dir.path)).toEqual(['x.cove'])
    expect(await readFile(path, 'utf8')).toBe('former')
  })

  test('ends with the error of its source', async () => {
    await using dir = await tempDir()
    await using writer = await ArchiveWriter.create(join(dir.path, 'x'))
    const source = (async function* (): AsyncGenerator<Buffer> {
      yield randomBytes(3 * chunkBytes)
      throw new Error('the source broke')
    })()
    await expect(writer.addContent(source, () => undefined)).rejects.toThrow('the source broke')
  })

  test('a full disk is said to be full', { skip: process.platform !== 'linux' }, async () => {
    // Through a link, so that the partial file is the device that is always full.
    await using dir = await tempDir()
    execFileSync('ln', ['-s', '/dev/full', join(dir.path, 'x.partial')])
    await expect(ArchiveWriter.create(join(dir.path, 'x'))).rejects.toMatchObject({ code: 'disk.no-space' })
    await expect(ArchiveWriter.create(join(dir.path, 'nowhere', 'x'))).rejects.toMatchObject({ code: 'file.unwritable' })
  })
})

describe('damage', () => {
  test('an archive cut anywhere is recognised before anything is read from it', async () => {
    await using dir = await tempDir()
    const [path, cut] = [join(dir.path, 'x'), join(dir.path, 'cut')]
    const { bytes } = await writeArchive(path, small)
    for (let length = bytes - 1; length >= 0; length -= 97) {
      await copyFile(path, cut)
      await truncate(cut, length)
      await expect(ArchiveReader.open(cut), `${length} of ${bytes}`).rejects.toMatchObject({ code: expect.stringMatching(/^archive\.(truncated|unreadable)$/) })
    }
  })

  test('a flipped bit anywhere is recognised, unless zstd itself makes nothing of it', async () => {
    await using dir = await tempDir()
    const path = join(dir.path, 'x')
    const { bytes } = await writeArchive(path, { a: Buffer.from('hello'), b: Buffer.from('world') })
    const whole = await readFile(path)
    const ignored: number[] = []
    // Of the manifest, which has one digest, fewer.
    for (let at = 0; at < bytes; at += at < 3 * 1024 ? 7 : 61) {
      const bad = Buffer.from(whole)
      bad[at] = (bad[at] ?? 0) ^ 0x10
      await writeFile(path, bad)
      const read = await readAll(path).catch((error: unknown) => error as { code: string })
      if ('code' in read) expect(read.code, `byte ${at}`).toMatch(/^archive\./)
      else {
        expect(read).toEqual({ a: small.a, b: small.b })
        ignored.push(at)
      }
    }
    // The unused bit in the descriptor of each of the two frames; RFC 8878, 3.1.1.1.1.
    expect(ignored.length).toBeLessThanOrEqual(2)
  })

  test('the last piece is held back until the digest is right', async () => {
    await using dir = await tempDir()
    const path = join(dir.path, 'x')
    const data = randomBytes(3 * chunkBytes)
    const chunks = [data.subarray(0, chunkBytes), data.subarray(chunkBytes, 2 * chunkBytes), randomBytes(chunkBytes)]
    await writeFile(path, await forge({ chunks, item: { bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') } }))
    await using reader = await ArchiveReader.open(path)
    const [item] = reader.manifest.items as VolumeItem[]
    let got = 0
    await expect((async () => {
      for await (const chunk of reader.read(item!, signal)) got += chunk.length
    })()).rejects.toMatchObject({ code: 'archive.corrupt' })
    expect(got).toBe(2 * chunkBytes)
  })
})

interface Forgery {
  chunks: Buffer[]
  item?: Partial<NonNullable<VolumeItem['content']>>
  name?: string
  chunkName?: string
  manifest?: Record<string, unknown>
  head?: string
}

/** An archive whose every digest is right but for what is said. */
async function forge({ chunks, item, name = 'v', chunkName, manifest, head = headText() }: Forgery): Promise<Buffer> {
  const entry = (title: string, data: Buffer): Buffer => Buffer.concat([fileHeader(title, data.length), data, Buffer.alloc(paddingOf(data.length))])
  const first = entry(names.head, Buffer.from(head))
  const stored = await Promise.all(chunks.map(async (chunk, i) => entry(chunkName ?? names.chunk(1, i + 1), await promisify(zstdCompress)(chunk))))
  const all = Buffer.concat(chunks)
  const content = { offset: first.length, chunks: chunks.length, bytes: all.length, sha256: createHash('sha256').update(all).digest('hex'), ...item }
  const volume: VolumeItem = { kind: 'volume', name, options: {}, labels: {}, content }
  const text = Buffer.from(JSON.stringify({ format: 1, cove: 'x', createdAt: '2026-01-01T00:00:00Z', items: [volume], ...manifest }))
  const end = endText(createHash('sha256').update(text).digest('hex'), text.length)
  return Buffer.concat([first, ...stored, entry(names.manifest, text), entry(names.end, Buffer.from(end)), Buffer.alloc(1024)])
}

const hostile: Record<string, Forgery> = {
  'a name that leads out': { chunks: [Buffer.from('x')], name: '../../etc' },
  'a chunk of another name': { chunks: [Buffer.from('x')], chunkName: 'items/00001/../../etc/passwd' },
  'contents longer than a chunk': { chunks: [Buffer.alloc(chunkBytes + 1)] },
  'a bomb': { chunks: [Buffer.alloc(64 * 1024 * 1024)] },
  'another length': { chunks: [Buffer.from('x')], item: { bytes: 2 } },
  'another digest': { chunks: [Buffer.from('x')], item: { sha256: '0'.repeat(64) } },
  'chunks that nobody counts': { chunks: [Buffer.from('x'), Buffer.from('y')], item: { chunks: 1 } },
  'more chunks than there are': { chunks: [Buffer.from('x')], item: { chunks: 1_000_000_000 } },
  'contents elsewhere': { chunks: [Buffer.from('x')], item: { offset: 512 } },
  'contents beyond the end': { chunks: [Buffer.from('x')], item: { offset: 2 ** 50 } },
  'an unknown kind': { chunks: [], manifest: { items: [{ kind: 'container' }] } },
  'an unknown field': { chunks: [], manifest: { items: [], extra: 1 } },
  'a project with a path': { chunks: [], manifest: { items: [{ kind: 'project', name: 'p', imageIds: [], files: [{ name: '../x', text: '' }] }] } },
  'a project that is a path': { chunks: [], manifest: { items: [{ kind: 'project', name: '../p', imageIds: [], files: [] }] } },
  'a tag that is none': { chunks: [], manifest: { items: [{ kind: 'images', images: [{ id: `sha256:${'0'.repeat(64)}`, tags: ['a b:1'], bytes: 1, fingerprint: '0'.repeat(64), architecture: '', saved: { Config: 'x', Layers: [] } }], content: { offset: 1024, chunks: 0, bytes: 0, sha256: '0'.repeat(64) } }] } },
}

test.each(Object.keys(hostile))('refused: %s', async (what) => {
  await using dir = await tempDir()
  const path = join(dir.path, 'x')
  await writeFile(path, await forge(hostile[what] ?? { chunks: [] }))
  await expect(readAll(path)).rejects.toMatchObject({ code: 'archive.corrupt' })
})

test('another version is told apart from damage, and other files from archives', async () => {
  await using dir = await tempDir()
  const path = join(dir.path, 'x')
  await writeFile(path, await forge({ chunks: [], head: '{"format":2,"more":true}\n' }))
  await expect(ArchiveReader.open(path)).rejects.toMatchObject({ code: 'archive.other-version', message: expect.stringContaining('"format":2') })
  for (const text of ['', 'x', 'x'.repeat(10_000)]) {
    await writeFile(path, text)
    await expect(ArchiveReader.open(path)).rejects.toMatchObject({ code: expect.stringMatching(/^archive\.(unreadable|truncated)$/) })
  }
  await expect(ArchiveReader.open(dir.path)).rejects.toMatchObject({ code: 'archive.unreadable' })
  await expect(ArchiveReader.open(join(dir.path, 'nothing'))).rejects.toMatchObject({ code: 'archive.unreadable' })
})

test('a header is exactly one for its name and size', () => {
  const header = fileHeader('a/b', 8 ** 11 - 1)
  expect(sizeInHeader(header, 'a/b')).toBe(8 ** 11 - 1)
  expect(sizeInHeader(header, 'a/c')).toBeUndefined()
  expect(() => fileHeader('a/b', 8 ** 11)).toThrow(RangeError)
  expect(() => fileHeader('x'.repeat(101), 0)).toThrow(RangeError)
  expect(() => fileHeader('with space', 0)).toThrow(RangeError)
})
