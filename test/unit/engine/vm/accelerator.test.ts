import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, uptime } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { type AcceleratorRequest, chooseAccelerator } from '#engine/vm/accelerator.ts'
import { currentHost, type VmHost } from '#engine/vm/host.ts'
import { kvmFix, probeAccelerator } from '#engine/vm/probe.ts'
import { findQemu, type ProgramFile, qemuVersion } from '#engine/vm/program.ts'

const host = currentHost()
const signal = new AbortController().signal
let dir: string
let qemu: ProgramFile
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cove-accel-'))
  qemu = await findQemu({ host, program: '' })
})
afterAll(() => rmSync(dir, { recursive: true }))

/** A QEMU of our own making: answers --version and then does as told. */
async function fakeQemu(name: string, body: string): Promise<ProgramFile> {
  const path = join(dir, name)
  writeFileSync(path, `#!/bin/sh\necho run >> "${path}.runs"\n[ "$1" = --version ] && echo "QEMU emulator version 9.2.0" && exit\n${body}\n`)
  chmodSync(path, 0o755)
  return await findQemu({ host, program: path })
}

const runs = (program: ProgramFile): number => readFileSync(`${program.path}.runs`, 'utf8').trim().split('\n').length

function request(changes: Partial<AcceleratorRequest>): AcceleratorRequest {
  return { qemu, host, wanted: 'auto', cacheFile: join(dir, 'cache.json'), log: silentLogger, signal, ...changes }
}

describe('The probe', () => {
  test('runs guest code on a real QEMU and knows it', async () => {
    const version = await qemuVersion(qemu, host)
    const result = await probeAccelerator({ qemu, version, host, accelerator: 'tcg' })
    expect(result).toEqual({ cpuModel: expect.stringMatching(/^max/) })
  })

  test('decides about this computer within two seconds: hardware that runs code, or tcg with a reason and a fix', { timeout: 20_000 }, async () => {
    const begun = performance.now()
    const choice = await chooseAccelerator(request({ cacheFile: join(dir, 'fresh.json') }))
    expect(performance.now() - begun).toBeLessThan(2000)
    const reason = expect.objectContaining({ code: 'acceleration.missing', message: expect.stringMatching(/is not usable: .+\. The vm runs in software emulation \(tcg\), many times slower\. \S/) })
    expect(choice.warnings).toEqual(choice.accelerator === 'tcg' ? [reason] : [])
  })

  test.each([
    ['prints a reason and fails', 'echo "qemu-system-x86_64: Could not access KVM kernel module: Permission denied" >&2; exit 1', 'Could not access KVM kernel module: Permission denied'],
    ['hangs', 'exec sleep 60.25', 'guest code stands still or crawls (a loop of some 10 ms did not end within 1200 ms)'],
    ['ends as if all were well without having run the guest', 'exit 3', 'QEMU ended with code 3'],
    ['crashes', 'kill -ABRT $$', 'QEMU was ended by SIGABRT'],
  ])('is not fooled by an accelerator that %s', async (name, body, problem) => {
    const program = await fakeQemu(`probe-${name.length}`, body)
    expect(await probeAccelerator({ qemu: program, version: { major: 9, minor: 2, patch: 0 }, host, accelerator: 'kvm' })).toEqual({ problem, isSlow: name === 'hangs' })
  })

  test('tries the second CPU model where the first one crashes', async () => {
    const windows: VmHost = { platform: 'win32', arch: 'x64', release: '10.0.22631' }
    const program = await fakeQemu('whpx', 'case "$*" in *"-cpu qemu64"*) exit 67;; esac; exit 1')
    expect(await probeAccelerator({ qemu: program, version: { major: 11, minor: 0, patch: 0 }, host: windows, accelerator: 'whpx' })).toEqual({ cpuModel: 'qemu64' })
  })
})

describe.skipIf(host.platform !== 'linux' || host.arch !== 'x64')('The choice', () => {
  test('of an accelerator that works is remembered: the next start runs nothing', async () => {
    const program = await fakeQemu('works', 'exit 67')
    const first = await chooseAccelerator(request({ qemu: program }))
    expect(first).toEqual({ accelerator: 'kvm', cpuModel: 'host', version: { major: 9, minor: 2, patch: 0 }, warnings: [] })
    expect(await chooseAccelerator(request({ qemu: program }))).toEqual(first)
    expect(runs(program)).toBe(2)
  })

  test('is made anew for another QEMU, and when what was remembered is broken', async () => {
    const program = await fakeQemu('other', 'exit 67')
    await chooseAccelerator(request({ qemu: program }))
    writeFileSync(join(dir, 'cache.json'), '{"key": 1')
    await chooseAccelerator(request({ qemu: program }))
    expect(runs(program)).toBe(4)
  })

  test('never remembers a failure, which may heal', async () => {
    const program = await fakeQemu('heals', `[ -e "${dir}/healed" ] && exit 67; exit 1`)
    expect((await chooseAccelerator(request({ qemu: program }))).accelerator).toBe('tcg')
    writeFileSync(join(dir, 'healed'), '')
    expect((await chooseAccelerator(request({ qemu: program }))).accelerator).toBe('kvm')
  })

  test('of hardware that was slow to fail twice is remembered until the computer starts anew; what the user asks for is put to the probe', async () => {
    const program = await fakeQemu('slow', 'exec sleep 60.5')
    const emulated = { accelerator: 'tcg', warnings: [{ message: expect.stringContaining('stands still or crawls') }] }
    for (let start = 1; start <= 3; start++) expect(await chooseAccelerator(request({ qemu: program }))).toMatchObject(emulated)
    // --version and two probes: once may be a busy moment.
    expect(runs(program)).toBe(3)
    const cache = readFileSync(join(dir, 'cache.json'), 'utf8')
    writeFileSync(join(dir, 'cache.json'), cache.replace(/"at": \d+/, `"at": ${Date.now() - (uptime() + 1) * 1000}`))
    expect(await chooseAccelerator(request({ qemu: program }))).toMatchObject(emulated)
    await expect(chooseAccelerator(request({ qemu: program, wanted: 'kvm' }))).rejects.toMatchObject({ code: 'vm.program-unusable' })
    expect(runs(program)).toBe(5)
  })

  test('of hardware that was slow once is made anew, and what was seen before it worked is forgotten', async () => {
    const program = await fakeQemu('busy', `[ -e "${dir}/calm" ] && exit 67; exec sleep 60.75`)
    expect((await chooseAccelerator(request({ qemu: program }))).accelerator).toBe('tcg')
    writeFileSync(join(dir, 'calm'), '')
    expect((await chooseAccelerator(request({ qemu: program }))).accelerator).toBe('kvm')
    expect(JSON.parse(readFileSync(join(dir, 'cache.json'), 'utf8'))).toMatchObject({ worked: { kvm: 'host' }, failed: {} })
  })

  test('of hardware that was slow once is not made anew for memory that was saved without it', async () => {
    const program = await fakeQemu('slow-at-a-wake', 'exec sleep 60.25')
    const cacheFile = join(dir, 'at-a-wake.json')
    const first = await chooseAccelerator(request({ qemu: program, cacheFile }))
    const before = runs(program)
    expect(await chooseAccelerator(request({ qemu: program, cacheFile, isForSaved: true }))).toEqual(first)
    expect(runs(program)).toBe(before)
    await chooseAccelerator(request({ qemu: program, cacheFile }))
    expect(runs(program)).toBe(before + 1)
  })

  test('of hardware with which no vm came up at two starts is tcg from then on, with that as the reason', async () => {
    const program = await fakeQemu('crawls', 'exit 67')
    const emulated = { accelerator: 'tcg', warnings: [{ code: 'acceleration.missing', message: expect.stringContaining('/dev/kvm is not usable: no kernel came up. The vm') }] }
    for (let start = 1; start <= 2; start++) {
      expect((await chooseAccelerator(request({ qemu: program }))).accelerator).toBe('kvm')
      expect(await chooseAccelerator(request({ qemu: program, distrust: 'no kernel came up' }))).toMatchObject(emulated)
    }
    expect(await chooseAccelerator(request({ qemu: program }))).toMatchObject(emulated)
    expect((await chooseAccelerator(request({ qemu: program, wanted: 'kvm', distrust: 'no kernel came up' }))).accelerator).toBe('kvm')
  })

  test('of the user is obeyed or refused, never replaced', async () => {
    const program = await fakeQemu('broken', 'echo "no kvm here" >&2; exit 1')
    await expect(chooseAccelerator(request({ qemu: program, wanted: 'kvm' }))).rejects.toMatchObject({ code: 'vm.program-unusable', message: expect.stringContaining('no kvm here'), hint: expect.stringContaining('unset vm.accelerator') })
    const emulated = await chooseAccelerator(request({ qemu: program, wanted: 'tcg' }))
    expect(emulated).toMatchObject({ accelerator: 'tcg', warnings: [] })
  })

  test('survives a cache that cannot be written', async () => {
    const program = await fakeQemu('nocache', 'exit 67')
    const choice = await chooseAccelerator(request({ qemu: program, cacheFile: join(program.path, 'cache.json') }))
    expect(choice.accelerator).toBe('kvm')
  })
})

test('The fix for KVM depends on what is wrong with /dev/kvm', () => {
  expect(kvmFix('denied')).toContain('usermod -aG kvm')
  expect(kvmFix('missing')).toContain('firmware')
  expect(kvmFix('present')).toContain('nested')
})
