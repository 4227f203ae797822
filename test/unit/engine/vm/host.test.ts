import { afterEach, describe, expect, test, vi } from 'vitest'
import { acceleratorOption, cpuModels, currentHost, installHint, parseQemuVersion, programName, type VmHost, versionProblem } from '#engine/vm/host.ts'

const linux: VmHost = { platform: 'linux', arch: 'x64', release: '6.12.0' }
const mac: VmHost = { platform: 'darwin', arch: 'arm64', release: '25.0.0' }
const windows: VmHost = { platform: 'win32', arch: 'x64', release: '10.0.22631' }

describe('The processor of the guest', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('is this computer\'s unless another is named', () => {
    vi.stubEnv('COVE_GUEST_ARCH', '')
    expect(currentHost().arch).toBe(process.arch)
    vi.stubEnv('COVE_GUEST_ARCH', 'arm64')
    expect(programName(currentHost())).toContain('qemu-system-aarch64')
  })

  test('that Cove has no guest for is refused', () => {
    vi.stubEnv('COVE_GUEST_ARCH', 'riscv64')
    expect(() => currentHost()).toThrow(/no vm on .* for "riscv64"/)
  })
})

describe('A QEMU release', () => {
  test.each([
    ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright', { major: 7, minor: 2, patch: 22 }],
    ['QEMU emulator version 11.0.0', { major: 11, minor: 0, patch: 0 }],
    ['QEMU emulator version 9.1 (v9.1-dirty)', { major: 9, minor: 1, patch: 0 }],
  ])('is read from %j', (output, version) => {
    expect(parseQemuVersion(output)).toEqual(version)
  })

  test.each(['', 'qemu-img version 7.2.0', 'zsh: command not found'])('is not read from %j', (output) => {
    expect(parseQemuVersion(output)).toBeUndefined()
  })

  test.each([
    [linux, '6.2.0', /too old: 7\.2\.0/],
    [linux, '7.1.9', /too old/],
    [windows, '10.2.0', /too old: 11\.0\.0/],
    [mac, '8.1.5', /too old/],
    [mac, '11.0.0', /burns two CPUs/],
  ])('on %j: %s is refused', (host, text, problem) => {
    expect(versionProblem(version(text), host)).toMatch(problem)
  })

  test.each([
    [linux, '7.2.0'],
    [linux, '11.0.0'],
    [mac, '10.2.1'],
    [mac, '11.0.1'],
    [windows, '11.0.0'],
  ])('on %j: %s is fine', (host, text) => {
    expect(versionProblem(version(text), host)).toBeUndefined()
  })
})

describe('The tables of hosts', () => {
  test('avoid the CPU features that each accelerator breaks', () => {
    expect(cpuModels('tcg', linux, version('7.2.22'))).toEqual(['max,-cx16,-la57,-erms,-smap,-mpx,-pku'])
    expect(cpuModels('tcg', linux, version('10.0.0'))).toEqual(['max,-la57,-erms,-smap,-mpx,-pku'])
    expect(cpuModels('whpx', windows, version('11.0.0'))).toEqual(['host', 'qemu64'])
    expect(cpuModels('hvf', mac, version('10.2.0'))).toEqual(['host'])
  })

  test('set the interrupt controller WHPX needs', () => {
    expect(acceleratorOption('whpx', { ...windows, release: '10.0.19045' })).toBe('whpx,kernel-irqchip=off')
    expect(acceleratorOption('whpx', windows)).toBe('whpx')
    expect(acceleratorOption('whpx', { ...windows, arch: 'arm64' })).toBe('whpx,kernel-irqchip=on')
  })

  test('name the program and the package of each system', () => {
    expect(programName(windows)).toBe('qemu-system-x86_64.exe')
    expect(programName(mac)).toBe('qemu-system-aarch64')
    expect(installHint(linux)).toContain('apt install qemu-system-x86 qemu-utils')
    expect(installHint({ ...linux, arch: 'arm64' })).toContain('apt install qemu-system-arm qemu-utils')
  })
})

function version(text: string): { major: number; minor: number; patch: number } {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number)
  return { major, minor, patch }
}
