import { execFileSync } from 'node:child_process'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TarScanner, type TarEntry } from '#engine/transfer/tar/tar-scanner.ts'
import { collectGarbage } from '../../../../fixtures/garbage.ts'
import { tarOf } from './tar-bytes.ts'

/** Everything a scanner tells of a tar that comes in pieces. */
function scan(tar: Buffer, piece = tar.length): { entries: TarEntry[]; data: Buffer; ends: number } {
  const entries: TarEntry[] = []
  const data: Buffer[] = []
  let ends = 0
  const scanner = new TarScanner({ onEntry: (entry) => entries.push(entry), onData: (bytes, isPadding) => void (isPadding || data.push(Buffer.from(bytes))), onEntryEnd: () => void ends++ })
  for (let at = 0; at < tar.length; at += piece) scanner.push(tar.subarray(at, at + piece))
  scanner.end()
  return { entries, data: Buffer.concat(data), ends }
}

const long = `v/${'long-folder-name/'.repeat(20)}file`

test.each([1, 7, 511, 512, 513, 100_000])('entries are found whatever the pieces, here of %i bytes', async (piece) => {
  const tar = await tarOf([
    { name: 'v/', type: 'directory' },
    { name: 'v/a', content: 'hello' },
    { name: long, content: 'x'.repeat(512) },
    { name: 'v/ü', type: 'symlink', linkname: 'a'.repeat(150) },
    { name: 'v/h', type: 'link', linkname: 'v/a' },
  ])
  const { entries, data, ends } = scan(tar, piece)
  expect(entries.map(({ name, kind, size, target }) => ({ name, kind, size, target }))).toEqual([
    { name: 'v/', kind: 'folder', size: 0, target: '' },
    { name: 'v/a', kind: 'file', size: 5, target: '' },
    { name: long, kind: 'file', size: 512, target: '' },
    { name: 'v/ü', kind: 'link', size: 0, target: 'a'.repeat(150) },
    { name: 'v/h', kind: 'hard-link', size: 0, target: 'v/a' },
  ])
  expect(data.toString()).toBe(`hello${'x'.repeat(512)}`)
  expect(ends).toBe(5)
})

test("what the entries' headers are can be put together to the same tar again", async () => {
  const tar = await tarOf([{ name: long, content: 'hello' }, { name: 'b', content: '' }])
  const parts: Buffer[] = []
  const scanner = new TarScanner({ onEntry: ({ raw }) => parts.push(raw), onData: (bytes) => parts.push(Buffer.from(bytes)) })
  for (let at = 0; at < tar.length; at += 100) scanner.push(tar.subarray(at, at + 100))
  expect(Buffer.concat([...parts, Buffer.alloc(1024)])).toEqual(tar)
})

describe('GNU tar', { skip: process.platform === 'win32' }, () => {
  test('its long names are read, its sparse files refused', async () => {
    await using dir = await mkdtempDisposable(join(tmpdir(), 'cove-tar-'))
    const name = 'n'.repeat(180)
    await writeFile(join(dir.path, name), 'hello')
    const plain = execFileSync('tar', ['-C', dir.path, '--format=gnu', '-cf', '-', name])
    expect(scan(plain).entries.map((entry) => entry.name)).toEqual([name])
    execFileSync('truncate', ['-s', '10M', join(dir.path, name)])
    for (const format of ['gnu', 'pax']) {
      const sparse = execFileSync('tar', ['-C', dir.path, `--format=${format}`, '-S', '-cf', '-', name])
      expect(() => scan(sparse)).toThrow(/sparse|unknown kind "S"/)
    }
  })
})

describe('what no tar of Docker has is refused', () => {
  test('a tar cut anywhere', async () => {
    const tar = await tarOf([{ name: long, content: 'hello' }])
    const whole = tar.length - 1024
    for (let length = 0; length < tar.length - 512; length += 128) expect(() => scan(tar.subarray(0, length)), `${length} of ${whole}`).toThrow('cut short')
  })

  test('something after the end', async () => {
    const tar = await tarOf([{ name: 'a', content: 'x' }])
    expect(() => scan(Buffer.concat([tar, tar]))).toThrow('follows its end')
    expect(() => scan(Buffer.concat([tar, Buffer.from('{"message":"disk I/O error"}\n')]))).toThrow('cut short')
    expect(() => scan(Buffer.concat([tar, Buffer.from('x'.repeat(512))]))).toThrow('follows its end')
  })

  test('a flipped bit in any byte of a header', async () => {
    const tar = await tarOf([{ name: 'a', content: 'x' }])
    for (let at = 0; at < 512; at++) {
      const bad = Buffer.from(tar)
      bad[at] = (bad[at] ?? 0) ^ 1
      // The checksum's own two bytes after its digits say nothing.
      if (at === 154 || at === 155) continue
      expect(() => scan(bad), `byte ${at}`).toThrow(/^(?:it|a|an|something) /)
    }
  })

  test('lying sizes, endless extended headers, impossible numbers', async () => {
    const header = (await tarOf([{ name: 'a', type: 'directory' }])).subarray(0, 512)
    const sized = (letter: string, size: string): Buffer => {
      const bad = Buffer.from(header)
      bad.write(letter, 156)
      bad.write(size.padStart(11, '0'), 124)
      bad.write(`${bad.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0).toString(8).padStart(6, '0')}\0 `, 148)
      return bad
    }
    expect(() => scan(Buffer.concat([sized('0', '777'), Buffer.alloc(600)]))).toThrow('cut short')
    expect(() => scan(sized('x', '77777777'))).toThrow('too long')
    expect(() => scan(Buffer.concat(Array.from({ length: 9 }, () => sized('x', '0'))))).toThrow('too long')
    expect(() => scan(sized('0', '9999'))).toThrow('impossible size')
    expect(() => scan(sized('7', '0'))).toThrow('unknown kind "7"')
    expect(() => scan(sized('g', '0'))).toThrow('unknown kind "g"')
  })

  test('an extended header whose records do not add up', async () => {
    const tar = await tarOf([{ name: long, content: 'hello' }])
    for (const text of ['9999 path', '0 a=b\n', '-1 path=', 'x']) {
      const bad = Buffer.from(tar)
      bad.write(text, 512)
      expect(() => scan(bad), text).toThrow('malformed')
    }
  })
})

test('many small entries cost no memory', async () => {
  const entry = (await tarOf([{ name: 'v/file', content: 'x' }])).subarray(0, 1024)
  const block = Buffer.concat(Array.from({ length: 1000 }, () => entry))
  let entries = 0
  const scanner = new TarScanner({ onEntry: () => void entries++ })
  const held = (): number => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const before = held()
  for (let i = 0; i < 200; i++) scanner.push(block)
  const after = held()
  scanner.push(Buffer.alloc(1024))
  scanner.end()
  expect(entries).toBe(200_000)
  expect(after - before).toBeLessThan(50 * 1024 * 1024)
})
