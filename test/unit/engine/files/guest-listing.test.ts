import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseListing, quoted } from '#engine/files/guest-listing.ts'
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
})
