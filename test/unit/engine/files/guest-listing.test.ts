import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseFile, parseListing, quoted } from '#engine/files/guest-listing.ts'
import { compilerFlags } from '#scripts/guest/supervisor.ts'
import { tempHome } from '../../base/temp-dir.ts'

const source = join(import.meta.dirname, '../../../../resources/guest/files/files.c')

test('a listing that is cut off is no listing', () => {
  for (const bad of ['', 'f 1 644 0 0 0\0name\0', 'x']) expect(() => parseListing(Buffer.from(bad))).toThrow('cut off')
  expect(parseListing(Buffer.from('f 1 644 0 0 99999999999999999\0new\nline\0\0+'))).toEqual({
    entries: [{ name: 'new\nline', kind: 'file', bytes: 1, mode: 0o644, uid: 0, gid: 0, modifiedAt: '1970-01-01T00:00:00.000Z', target: null }],
    isComplete: false,
  })
})

test('a file comes with its size and mode, and what is none is refused', () => {
  expect(parseFile(Buffer.from('12 644\0ab\0c'))).toEqual({ size: 12, mode: 0o644, data: Buffer.from('ab\0c') })
  for (const bad of ['', '12 644', 'x 1\0', '-1 644\0', '1 999\0']) expect(() => parseFile(Buffer.from(bad))).toThrow('no file')
})

test('a word stays one word of the shell', () => {
  expect(spawnSync('sh', ['-c', `printf %s ${quoted(`a'b "c" $(id) \\`)}`], { encoding: 'utf8' }).stdout).toBe(`a'b "c" $(id) \\`)
})

// chroot(2) is root's, in the guest and here.
describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('the guest program', () => {
  test('lists a folder from inside its root: links lead nowhere else', async () => {
    await using home = tempHome()
    const dir = join(home.paths.home, '..', 'f')
    const root = join(dir, 'root')
    mkdirSync(join(root, 'sub'), { recursive: true })
    writeFileSync(join(root, 'sub', 'ünï'), 'four')
    symlinkSync('/etc', join(root, 'out'))
    symlinkSync('../../..', join(root, 'sub', 'up'))
    const program = join(dir, 'files')
    expect(spawnSync('gcc', [...compilerFlags, '-o', program, source], { encoding: 'utf8' }).stderr).toBe('')
    const list = (path: string) => spawnSync(program, ['list', root, path])
    expect(parseListing(list('/sub').stdout).entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: 'up', kind: 'link', target: '../../..' },
      { name: 'ünï', kind: 'file', bytes: 4 },
    ])
    expect(parseListing(list('/').stdout).entries.map(({ name }) => name).toSorted()).toEqual(['out', 'sub'])
    // Of the host's /etc there is nothing in this root.
    expect(list('/out').status).toBe(2)
    expect(parseListing(list('/sub/up').stdout).entries.map(({ name }) => name).toSorted()).toEqual(['out', 'sub'])
    expect(list('/sub/ünï').status).toBe(3)
    expect(list('/nope').status).toBe(2)
  })

  test('reads the beginning of regular files alone, and links lead nowhere else', async () => {
    await using home = tempHome()
    const dir = join(home.paths.home, '..', 'f')
    const root = join(dir, 'root')
    mkdirSync(join(root, 'sub'), { recursive: true })
    writeFileSync(join(root, 'sub', 'a'), 'hello', { mode: 0o640 })
    symlinkSync('/sub/a', join(root, 'link'))
    symlinkSync('../../../../etc/passwd', join(root, 'out'))
    expect(spawnSync('mkfifo', [join(root, 'fifo')]).status).toBe(0)
    const program = join(dir, 'files')
    expect(spawnSync('gcc', [...compilerFlags, '-o', program, source], { encoding: 'utf8' }).stderr).toBe('')
    const read = (path: string, bytes = 3) => spawnSync(program, ['read', root, path, String(bytes)])
    expect(parseFile(read('/sub/a').stdout)).toEqual({ size: 5, mode: 0o640, data: Buffer.from('hel') })
    expect(parseFile(read('/link', 100).stdout).data.toString()).toBe('hello')
    expect(read('/out').status).toBe(2)
    expect(read('/nope').status).toBe(2)
    expect(read('/fifo').status).toBe(5)
    expect(read('/sub').status).toBe(5)
  })
})
