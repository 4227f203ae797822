import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findVirtiofsd, parseVirtiofsdVersion, virtiofsdProblem } from '#engine/vm/virtiofs/virtiofsd.ts'

let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'cove-virtiofsd-')))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A program that says a version. */
function program(name: string, says: string): string {
  const path = join(dir, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`)
  chmodSync(path, 0o755)
  return path
}

const ofQemu = 'virtiofsd version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)'

test.each([
  [ofQemu, { kind: 'c', major: 7, minor: 2 }],
  ['virtiofsd 1.13.2', { kind: 'rust', major: 1, minor: 13 }],
  ['virtiofsd backend 1.4.0', { kind: 'rust', major: 1, minor: 4 }],
  ['virtiofsd backend v1.1.0', { kind: 'rust', major: 1, minor: 1 }],
  ['QEMU emulator version 7.2.22', undefined],
  ['', undefined],
])('%j tells kind and version', (output, expected) => {
  expect(parseVirtiofsdVersion(output)).toEqual(expected)
})

test.each([
  ['c', 7, 2, true, undefined],
  ['c', 7, 2, false, /only root/],
  ['c', 5, 2, true, /too old: 6\.0/],
  ['rust', 1, 13, false, undefined],
  ['rust', 2, 0, true, undefined],
  ['rust', 1, 12, false, /too old: 1\.13/],
] as const)('%s %i.%i for root %s', (kind, major, minor, isRoot, problem) => {
  const found = virtiofsdProblem({ kind, major, minor }, isRoot)
  if (problem === undefined) expect(found).toBeUndefined()
  else expect(found).toMatch(problem)
})

describe('looking for one', () => {
  const describe_ = (name: string, description: unknown): string => {
    const folder = join(dir, 'descriptions')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), typeof description === 'string' ? description : JSON.stringify(description))
    return folder
  }
  const nowhere = { descriptions: [], programs: [], searchPath: '', isRoot: false }

  test('goes by the descriptions first, in their order, whatever else lies there', async () => {
    const wanted = program('a/described', 'virtiofsd 1.13.2')
    describe_('10-broken.json', '{')
    describe_('20-gpu.json', { type: 'gpu', binary: program('gpu', 'virtiofsd 9.9') })
    describe_('30-relative.json', { type: 'fs', binary: 'virtiofsd' })
    const folder = describe_('50-fs.json', { type: 'fs', binary: wanted })
    const other = program('b/virtiofsd', 'virtiofsd 1.14.0')
    const found = await findVirtiofsd({ ...nowhere, descriptions: [join(dir, 'none'), folder], programs: [other], searchPath: join(dir, 'b') })
    expect(found).toEqual({ path: wanted, kind: 'rust', major: 1, minor: 13 })
  })

  test('passes over those that this user cannot run', async () => {
    const old = program('old', ofQemu)
    program('bin/virtiofsd', 'virtiofsd 1.13.2')
    const found = await findVirtiofsd({ ...nowhere, programs: [old], searchPath: `relative:${join(dir, 'bin')}` })
    expect(found.path).toBe(join(dir, 'bin/virtiofsd'))
    expect((await findVirtiofsd({ ...nowhere, programs: [old], isRoot: true })).kind).toBe('c')
  })

  test('says what is wrong with each that it found', async () => {
    const programs = [program('old', ofQemu), program('mute', ''), join(dir, 'none')]
    await expect(findVirtiofsd({ ...nowhere, programs })).rejects.toMatchObject({
      code: 'vm.program-unusable',
      message: expect.stringMatching(/old" is QEMU's own \(7\.2\), which only root can run; ".*mute" does not say its version/),
      hint: expect.stringContaining('share.driver cove'),
    })
    await expect(findVirtiofsd(nowhere)).rejects.toMatchObject({ code: 'vm.program-missing' })
  })
})
