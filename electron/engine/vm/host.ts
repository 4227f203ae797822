import { release } from 'node:os'
import { CoveError } from '#contract/errors.ts'

/** What QEMU can run a guest's code with. */
export type Accelerator = 'kvm' | 'hvf' | 'whpx' | 'tcg'

/** The machine the vm runs on, as far as QEMU's arguments depend on it. */
export interface VmHost {
  platform: 'linux' | 'darwin' | 'win32'
  arch: 'x64' | 'arm64'
  /** The operating system's kernel version, os.release(). */
  release: string
}

/** A QEMU release, as `--version` tells it. */
export interface QemuVersion {
  major: number
  minor: number
  patch: number
}

/** The processor of the guest: this computer's, or the one COVE_GUEST_ARCH names (`x64`, `arm64`), emulated and slow: to try the other one's boot. */
export function guestArch(): string {
  return process.env['COVE_GUEST_ARCH'] || process.arch
}

/**
 * The host this process runs on, with the processor of the guest.
 * @throws CoveError `vm.program-unusable` on a system Cove has no table for.
 */
export function currentHost(): VmHost {
  const { platform } = process
  const arch = guestArch()
  const isKnown = platform === 'linux' || platform === 'darwin' || platform === 'win32'
  if (isKnown && (arch === 'x64' || arch === 'arm64')) return { platform, arch, release: release() }
  throw new CoveError('vm.program-unusable', { message: `Cove runs no vm on ${platform} for "${arch}"`, hint: 'Use Linux, macOS or Windows on x64 or arm64.' })
}

/** The hardware acceleration of each system. */
export function hardwareAccelerator(host: VmHost): Exclude<Accelerator, 'tcg'> {
  return ({ linux: 'kvm', darwin: 'hvf', win32: 'whpx' } as const)[host.platform]
}

/** The QEMU program that runs this host's own kind of guest. */
export function programName(host: VmHost): string {
  const name = host.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
  return host.platform === 'win32' ? `${name}.exe` : name
}

/** Folders searched after PATH: an app started from a dock or menu does not have the shell's PATH. */
export function programFolders(host: VmHost): readonly string[] {
  return {
    linux: ['/usr/bin', '/usr/local/bin'],
    darwin: ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'],
    win32: ['C:\\Program Files\\qemu'],
  }[host.platform]
}

/** How a user gets QEMU and qemu-img on each system. */
export function installHint(host: VmHost): string {
  const debian = `sudo apt install ${host.arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86'} qemu-utils`
  return {
    linux: `Install QEMU (Debian, Ubuntu: ${debian}), or name its program: cove config set vm.qemu PATH`,
    darwin: 'Install QEMU (brew install qemu), or name its program: cove config set vm.qemu PATH',
    win32: 'Install QEMU (winget install SoftwareFreedomConservancy.QEMU), or name its program: cove config set vm.qemu PATH',
  }[host.platform]
}

/** The oldest release each system works with: WHPX before 11 loses interrupts, FIELD.md "Traps, QEMU". */
const oldest: Record<VmHost['platform'], QemuVersion> = {
  linux: { major: 7, minor: 2, patch: 0 },
  darwin: { major: 8, minor: 2, patch: 0 },
  win32: { major: 11, minor: 0, patch: 0 },
}

/** Why this release cannot be used on this host, or undefined when it can. */
export function versionProblem(version: QemuVersion, host: VmHost): string | undefined {
  const need = oldest[host.platform]
  if (compareVersions(version, need) < 0) return `version ${formatVersion(version)} is too old: ${formatVersion(need)} or newer is needed`
  // 2026: this release burns ~230 % CPU while the guest idles, gitlab.com/qemu-project/qemu/-/issues/3433
  const isBusyIdler = host.platform === 'darwin' && host.arch === 'arm64' && formatVersion(version) === '11.0.0'
  return isBusyIdler ? 'version 11.0.0 burns two CPUs while idle on Apple silicon; use 10.2 or another release' : undefined
}

/**
 * What a guest uses because hardware does it fast and tcg does it slowly: `rep movsb` byte by byte, a helper call around
 * each copy to or from a program, registers to save that nobody uses, five levels of page tables. Measured 2026-11 on
 * QEMU 7.2, best of 60 in one guest each: a static program 4.7 → 3.6 ms, one iptables call 16.1 → 10.9 ms.
 */
const slowWhenEmulated = '-la57,-erms,-smap,-mpx,-pku'

/** CPU models to try in turn, best first; FIELD.md "Traps, QEMU" names the reason of each. */
export function cpuModels(accelerator: Accelerator, host: VmHost, version: QemuVersion): readonly string[] {
  if (accelerator === 'tcg') {
    // Pointer authentication emulated bit by bit costs more than half of TCG's speed on arm64.
    if (host.arch === 'arm64') return ['max,pauth-impdef=on']
    // QEMU 7.2 miscomputes flags after cmpxchg16b and guests double-fault (measured: 10 of 21 boots).
    return [version.major < 8 ? `max,-cx16,${slowWhenEmulated}` : `max,${slowWhenEmulated}`]
  }
  // Some hosts crash WHPX with the full model.
  if (accelerator === 'whpx' && host.arch === 'x64') return ['host', 'qemu64']
  return ['host']
}

/** The value of QEMU's `-accel`. */
export function acceleratorOption(accelerator: Accelerator, host: VmHost): string {
  if (accelerator === 'tcg') return 'tcg,thread=multi'
  if (accelerator !== 'whpx') return accelerator
  if (host.arch === 'arm64') return 'whpx,kernel-irqchip=on'
  return isBeforeWindows11(host) ? 'whpx,kernel-irqchip=off' : 'whpx'
}

/** Windows 11 is kernel build 22000 and later. */
function isBeforeWindows11(host: VmHost): boolean {
  return Number(host.release.split('.')[2] ?? 0) < 22_000
}

/** Negative when a is older than b, 0 when equal. */
export function compareVersions(a: QemuVersion, b: QemuVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/** `major.minor.patch`. */
export function formatVersion(version: QemuVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`
}

/** The release in the output of `qemu-system-* --version`, or undefined when it is not QEMU's. */
export function parseQemuVersion(output: string): QemuVersion | undefined {
  const found = /QEMU emulator version (\d+)\.(\d+)(?:\.(\d+))?/.exec(output)
  if (!found) return undefined
  return { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3] ?? 0) }
}
