import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isSameProcessAlive } from '#base/process-identity.ts'
import type { Vm } from '#engine/vm/driver.ts'
import { readServers } from '#engine/vm/virtiofs/server-record.ts'
import { whyNoVirtiofs } from '../../../../fixtures/virtiofs.ts'
import { tinyVm } from '../tiny-guest.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cove-vfs-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true, force: true })
})

/** Has a virtiofsd of our own found before all others. */
function pretend(script: string): void {
  const binary = join(dir, 'virtiofsd')
  writeFileSync(binary, `#!/bin/sh\nif [ "$1" = --version ]; then echo virtiofsd 1.13.2; exit; fi\n${script}\n`)
  chmodSync(binary, 0o755)
  mkdirSync(join(dir, 'qemu/vhost-user'), { recursive: true })
  writeFileSync(join(dir, 'qemu/vhost-user/0.json'), JSON.stringify({ type: 'fs', binary }))
  vi.stubEnv('XDG_CONFIG_HOME', dir)
}

const told = ({ virtiofs: { folders, lost, problem } }: Vm): Omit<Vm['virtiofs'], 'openFiles'> => ({ folders, lost, problem })

// Only Linux has virtiofs, and the tiny guest is x86 code.
const canRun = process.platform === 'linux' && process.arch === 'x64'

describe.skipIf(!canRun)('where virtiofs does not work the vm starts without it and says why:', { timeout: 60_000 }, () => {
  test('a server that ends at once', async () => {
    pretend('echo "it does not like this house" >&2; exit 1')
    await using tiny = tinyVm()
    const vm = await tiny.start({ virtiofsFolders: [dir] })
    expect({ ...told(vm), log: readFileSync(tiny.paths.logs.qemu, 'utf8') }).toEqual({ folders: [], lost: [], problem: expect.stringMatching(/virtiofs|ended/), log: expect.stringContaining('it does not like this house') })
    expect(vm.unsavable).toBeNull()
    // Told to a later engine too.
    await vm[Symbol.asyncDispose]()
    const again = await tiny.attach()
    expect(again?.virtiofs.problem).toBe(vm.virtiofs.problem)
  })

  test('a folder that is not there', async () => {
    pretend('exec sleep 1000')
    await using tiny = tinyVm()
    const vm = await tiny.start({ virtiofsFolders: [dir, join(dir, 'none')] })
    expect(vm.virtiofs).toMatchObject({ folders: [], problem: expect.stringContaining('none') })
    expect((await readServers(tiny.paths)).servers).toEqual([])
  })
})

const whyNot = canRun ? await whyNoVirtiofs() : ' (left out: the tiny guest is for x64)'

describe.skipIf(whyNot !== '')(`a real virtiofsd${whyNot}`, { timeout: 60_000 }, () => {
  const alive = async (paths: Parameters<typeof readServers>[0]): Promise<{ tag: string; isAlive: boolean }[]> =>
    await Promise.all((await readServers(paths)).servers.map(async ({ tag, process: identity }) => ({ tag, isAlive: await isSameProcessAlive(identity) })))

  test('serves as long as its vm runs, an engine later too, and no name of its socket is left', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start({ virtiofsFolders: [dir, tiny.home.replace(/\/[^/]*$/, '')] })
    expect(vm.virtiofs).toMatchObject({ folders: [{ tag: 'cove0', folder: dir }, { tag: 'cove1' }], lost: [], problem: null })
    expect(await alive(tiny.paths)).toEqual([{ tag: 'cove0', isAlive: true }, { tag: 'cove1', isAlive: true }])
    const command = readFileSync(`/proc/${vm.pid}/cmdline`, 'utf8').split('\0')
    const sockets = command.flatMap((word) => /^socket,id=virtiofs-.*path=(.*)$/.exec(word)?.[1]?.replaceAll(',,', ',') ?? [])
    expect(sockets.map((path) => existsSync(path))).toEqual([false, false])
    expect(vm.virtiofs.openFiles).toBeGreaterThanOrEqual(1024)
    await vm[Symbol.asyncDispose]()
    const again = await tiny.attach()
    expect(again?.virtiofs).toMatchObject({ folders: vm.virtiofs.folders, openFiles: vm.virtiofs.openFiles })
    const servers = (await readServers(tiny.paths)).servers
    await again?.stop({ graceMs: 0 })
    expect(await Promise.all(servers.map(({ process: identity }) => isSameProcessAlive(identity)))).toEqual([false, false])
    expect(existsSync(tiny.paths.virtiofsRecord)).toBe(false)
  })

  test('refuses to be saved, with the reason', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start({ virtiofsFolders: [dir] })
    expect(vm.unsavable).toContain('share.driver')
    await expect(vm.save({ note: { containers: 0, ports: [] }, signal: AbortSignal.timeout(10_000) })).rejects.toMatchObject({ code: 'vm.save-unsupported', message: expect.stringContaining('virtiofs') })
    await vm.stop({ graceMs: 0 })
  })

  test('that ends is told, also when it ended while no engine was there', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start({ virtiofsFolders: [dir, tmpdir()] })
    const lost = new Promise((resolve) => vm.on('virtiofs-lost', resolve))
    const [first, second] = (await readServers(tiny.paths)).servers
    process.kill(first!.process.pid, 'SIGKILL')
    expect(await lost).toEqual({ tag: 'cove0', folder: dir })
    expect(told(vm)).toMatchObject({ folders: [{ tag: 'cove1' }], lost: [{ tag: 'cove0' }] })
    await vm[Symbol.asyncDispose]()
    const again = await tiny.attach()
    expect(told(again!)).toMatchObject({ folders: [{ tag: 'cove1' }], lost: [{ tag: 'cove0' }] })
    const lostAgain = new Promise((resolve) => again!.on('virtiofs-lost', resolve))
    process.kill(second!.process.pid, 'SIGKILL')
    expect(await lostAgain).toMatchObject({ tag: 'cove1' })
    expect(again!.unsavable).not.toBeNull()
    await again!.stop({ graceMs: 0 })
  })

  test('whose vm is killed is no loss, and nothing of it is left', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start({ virtiofsFolders: [dir] })
    const lost = vi.fn()
    vm.on('virtiofs-lost', lost)
    const { servers } = await readServers(tiny.paths)
    process.kill(vm.pid, 'SIGKILL')
    await vm.exited
    expect(await isSameProcessAlive(servers[0]!.process)).toBe(false)
    expect(lost).not.toHaveBeenCalled()
    expect(existsSync(tiny.paths.virtiofsRecord)).toBe(false)
  })
})
