import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { errnoOf } from '#base/errno.ts'
import { type Remark, remark } from '#contract/remark.ts'
import { acceleratorOption, type Accelerator, cpuModels, hardwareAccelerator, type QemuVersion, type VmHost } from './host.ts'
import { type ProgramFile, lastLines } from './program.ts'
import { probePayload } from './probe-payload.ts'

/** Hardware that works answers within a tenth of a second; a stuck one must not cost more than this. */
const probeLimitMs = 1200

/** What to try. */
export interface ProbeRequest {
  qemu: ProgramFile
  version: QemuVersion
  host: VmHost
  accelerator: Accelerator
  signal?: AbortSignal
}

/** An accelerator that ran guest code with this CPU model, or the reason why none did, and whether that took its time to see. */
export type ProbeResult = { cpuModel: string } | { problem: string; isSlow?: boolean }

/** Boots a tiny guest with each CPU model of the accelerator until one of them proves to run code. */
export async function probeAccelerator(request: ProbeRequest): Promise<ProbeResult> {
  const dir = await mkdtemp(join(tmpdir(), 'cove-probe-'))
  try {
    let problem = ''
    const begun = performance.now()
    for (const cpuModel of cpuModels(request.accelerator, request.host, request.version)) {
      problem = await tryBoot(request, cpuModel, dir)
      if (problem === '') return { cpuModel }
    }
    return { problem, isSlow: performance.now() - begun >= probeLimitMs }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Empty when guest code ran, else what happened instead. */
async function tryBoot({ qemu, host, accelerator, signal }: ProbeRequest, cpuModel: string, dir: string): Promise<string> {
  const payload = probePayload(host)
  const rom = join(dir, 'probe.rom')
  await writeFile(rom, payload.rom)
  const accelerated = ['-accel', acceleratorOption(accelerator, host), '-cpu', cpuModel, '-m', '16']
  const bare = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', payload.machine]
  // The folder catches the core file of a QEMU that aborts.
  const run = await execa(qemu.path, [...bare, ...accelerated, '-bios', rom, ...payload.devices], {
    cwd: dir,
    reject: false,
    stdin: 'ignore',
    timeout: probeLimitMs,
    killSignal: 'SIGKILL',
    ...(signal ? { cancelSignal: signal } : {}),
  })
  signal?.throwIfAborted()
  if (run.exitCode === payload.exitCode) return ''
  if (run.timedOut) return `guest code stands still or crawls (a loop of some 10 ms did not end within ${probeLimitMs} ms)`
  return lastComplaint(run.stderr) || (run.signal ? `QEMU was ended by ${run.signal}` : `QEMU ended with code ${run.exitCode ?? 'unknown'}`)
}

/** QEMU's last line of its own; the assertion that follows a failed ioctl tells a user nothing. */
function lastComplaint(stderr: string): string {
  const own = stderr.split('\n').filter((line) => !line.includes('Assertion `'))
  return lastLines(own.join('\n'), 1).replace(/^\S*qemu-system-\S+?: (error: )?/, '')
}

/** One sentence each: why hardware acceleration is not used, what that means, and what the user can do. */
export async function fallbackWarning(host: VmHost, problem: string): Promise<Remark> {
  const { name, fix } = await explain(host)
  const dot = problem.endsWith('.') ? '' : '.'
  return remark('acceleration.missing', `${name} is not usable: ${problem}${dot} The vm runs in software emulation (tcg), many times slower. ${fix}`, {})
}

async function explain(host: VmHost): Promise<{ name: string; fix: string }> {
  if (hardwareAccelerator(host) === 'hvf') {
    return { name: "Apple's Hypervisor framework (hvf)", fix: 'Check that `sysctl kern.hv_support` says 1 and that QEMU is signed with the hypervisor entitlement.' }
  }
  if (hardwareAccelerator(host) === 'whpx') {
    return { name: 'Windows Hypervisor Platform (whpx)', fix: 'Turn it on: DISM /Online /Enable-Feature /FeatureName:HypervisorPlatform /All, then restart Windows.' }
  }
  return { name: '/dev/kvm', fix: kvmFix(await kvmState()) }
}

/** Whether this process may use KVM's device; a node that opens can still lead nowhere. */
type KvmState = 'missing' | 'denied' | 'present'

async function kvmState(): Promise<KvmState> {
  try {
    const info = await stat('/dev/kvm')
    const mine = process.getuid?.() === 0 || info.uid === process.getuid?.()
    const inGroup = process.getgroups?.().includes(info.gid) ?? false
    const bits = mine ? 0o600 : inGroup ? 0o060 : 0o006
    return process.getuid?.() === 0 || (info.mode & bits) === bits ? 'present' : 'denied'
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'missing' : 'denied'
  }
}

/** What to do about each state of /dev/kvm. */
export function kvmFix(state: KvmState): string {
  return {
    missing: "Turn on virtualisation in this computer's firmware (or nested virtualisation, if it is itself a vm) and load the module kvm_intel or kvm_amd.",
    denied: 'Add yourself to the group kvm (sudo usermod -aG kvm "$USER"), then log in again.',
    present: 'If this computer is itself a vm, turn on nested virtualisation for it; otherwise check `dmesg | grep kvm`.',
  }[state]
}
