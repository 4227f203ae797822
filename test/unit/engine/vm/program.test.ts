import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VmHost } from '#engine/vm/host.ts'
import { findQemu, findQemuImg, lastLines, qemuVersion } from '#engine/vm/program.ts'

const host: VmHost = { platform: 'linux', arch: 'x64', release: '6.12.0' }
// No folder of the tables holds a program of this system's tests.
const bare: VmHost = { platform: 'darwin', arch: 'arm64', release: '25.0.0' }
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cove-bin-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

function script(name: string, body: string): string {
  const path = join(dir, name)
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

describe('QEMU', () => {
  test('that is nowhere is reported with every folder searched and what to install', async () => {
    const search = findQemu({ host: bare, program: '', searchPath: `${dir}:/nowhere:relative` })
    await expect(search).rejects.toMatchObject({
      code: 'vm.program-missing',
      message: expect.stringMatching(new RegExp(`"qemu-system-aarch64" was not found in ${dir}, /nowhere, /opt/homebrew/bin`)),
      hint: expect.stringContaining('brew install qemu'),
    })
  })

  test('named by the user and absent is reported with that name; so is a folder or a file that cannot be run', async () => {
    const plain = join(dir, 'plain')
    writeFileSync(plain, 'text')
    for (const program of [join(dir, 'absent'), dir, plain]) {
      await expect(findQemu({ host, program })).rejects.toMatchObject({ code: 'vm.program-missing', message: expect.stringContaining(`"${program}"`) })
    }
  })

  test('is found on PATH, through links, and known again by its file', async () => {
    const path = script('qemu-system-x86_64', 'true')
    symlinkSync(path, join(dir, 'link'))
    const found = await findQemu({ host, program: '', searchPath: dir })
    expect(found.path).toBe(path)
    expect((await findQemu({ host, program: 'link', searchPath: dir })).stamp).toBe(found.stamp)
    script('qemu-system-x86_64', 'echo longer')
    expect((await findQemu({ host, program: '', searchPath: dir })).stamp).not.toBe(found.stamp)
  })

  test.each([
    ['is too old', 'echo "QEMU emulator version 6.2.0 (Debian 1:6.2)"', /version 6\.2\.0 is too old: 7\.2\.0 or newer/],
    ['dies at once', 'echo "error while loading shared libraries: libfdt.so.1" >&2; exit 127', /ended with code 127: error while loading shared libraries: libfdt/],
    ['is killed', 'kill -SEGV $$', /was ended by SIGSEGV/],
    ['is another program', 'echo "GNU bash, version 5"', /ended with code 0: GNU bash/],
  ])('that %s is refused with its words', async (name, body, message) => {
    const path = script(`q-${name.replaceAll(' ', '-')}`, body)
    await expect(qemuVersion({ path, stamp: '' }, host)).rejects.toMatchObject({ code: 'vm.program-unusable', message: expect.stringMatching(message), hint: expect.stringContaining('apt install') })
  })

  test('that cannot be run at all is refused', async () => {
    const path = join(dir, 'not-elf')
    writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), { mode: 0o755 })
    await expect(qemuVersion({ path, stamp: '' }, host)).rejects.toMatchObject({ code: 'vm.program-unusable' })
  })
})

test('qemu-img is taken from beside QEMU first, and named when it is missing', async () => {
  const qemu = { path: join(dir, 'qemu-system-x86_64'), stamp: '' }
  await expect(findQemuImg({ host: bare, program: '', searchPath: '' }, qemu)).rejects.toMatchObject({ code: 'vm.program-missing', message: expect.stringContaining('"qemu-img"') })
  const path = script('qemu-img', 'true')
  expect(await findQemuImg({ host, program: '' }, qemu)).toBe(path)
})

test('The last lines of an output are its last lines that say something', () => {
  expect(lastLines('a\n\n b \r\nc\n\n', 2)).toBe('b | c')
})
