import { mkdir, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import { dirname } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from '#base/json-file.ts'
import type { Logger } from '#base/log.ts'
import { CoveError } from '#contract/errors.ts'
import type { Remark } from '#contract/remark.ts'
import { type Accelerator, cpuModels, formatVersion, hardwareAccelerator, type QemuVersion, type VmHost } from './host.ts'
import { fallbackWarning, probeAccelerator, type ProbeResult } from './probe.ts'
import { type ProgramFile, qemuVersion } from './program.ts'

/** What the vm will run with. */
export interface AcceleratorChoice {
  accelerator: Accelerator
  cpuModel: string
  version: QemuVersion
  warnings: Remark[]
}

/** How to choose. */
export interface AcceleratorRequest {
  qemu: ProgramFile
  host: VmHost
  wanted: Accelerator | 'auto'
  /** Why the hardware is not to be used although it may pass the probe. */
  distrust?: string | undefined
  /** For memory that was saved: what failed once is not tried again, since that runs on with what it had. */
  isForSaved?: boolean | undefined
  /** Remembers what worked; may be lost at any time. */
  cacheFile: string
  log: Logger
  signal: AbortSignal
}

const Remembered = z.object({
  key: z.string(),
  version: z.object({ major: z.int(), minor: z.int(), patch: z.int() }),
  /** CPU model by accelerator. */
  worked: z.record(z.string(), z.string()),
  /** Failures that are slow to see again, of the probe or after it, when (epoch ms) and how often in a row; others may heal at any time and are cheap to see again. */
  failed: z.record(z.string(), z.object({ problem: z.string(), of: z.enum(['probe', 'boot']), at: z.number(), times: z.int() })).default({}),
})
type Remembered = z.infer<typeof Remembered>

/** Once may be a busy moment of the computer's. */
const believedAfter = 2

/**
 * Picks the accelerator by booting a tiny guest; falls back to tcg with a warning when the user left the choice to us.
 * @throws CoveError `vm.program-unusable` when QEMU is, or the accelerator the user asked for does not work.
 */
export async function chooseAccelerator(request: AcceleratorRequest): Promise<AcceleratorChoice> {
  const { qemu, host, wanted, signal } = request
  const key = await cacheKey(request)
  const known = await recall(request.cacheFile, key)
  const version = known?.version ?? (await qemuVersion(qemu, host, signal))
  const remembered: Remembered = known ?? { key, version, worked: {}, failed: {} }
  if (wanted === 'tcg') {
    if (!known) await save(request, remembered)
    return emulated(host, version, [])
  }
  const hardware = wanted === 'auto' ? hardwareAccelerator(host) : wanted
  const seen = await trust(request, remembered, hardware)
  if ('cpuModel' in seen) return { accelerator: hardware, cpuModel: seen.cpuModel, version, warnings: [] }
  if (wanted !== 'auto') throw notWorking(hardware, seen.problem)
  return emulated(host, version, [await fallbackWarning(host, seen.problem)])
}

/** What is known of a piece of hardware, or seen now and remembered where that saves something. */
async function trust(request: AcceleratorRequest, remembered: Remembered, hardware: Accelerator): Promise<ProbeResult> {
  const { qemu, host, signal, wanted, distrust, isForSaved } = request
  const { worked, failed, version } = remembered
  const failure = failed[hardware] && isOfThisBoot(failed[hardware].at) ? failed[hardware] : undefined
  const fail = (of: 'probe' | 'boot', problem: string): Promise<void> => save(request, { ...remembered, worked: {}, failed: { [hardware]: { problem, of, at: Date.now(), times: (failure?.times ?? 0) + 1 } } })
  if (wanted === 'auto' && distrust !== undefined) {
    await fail('boot', distrust)
    return { problem: distrust }
  }
  if (wanted === 'auto' && failure && (isForSaved === true || failure.times >= believedAfter)) return { problem: failure.problem }
  const cpuModel = worked[hardware]
  if (cpuModel !== undefined) return { cpuModel }
  const result = await probeAccelerator({ qemu, version, host, accelerator: hardware, signal })
  // A probe that goes well says nothing of a boot that did not.
  if ('cpuModel' in result) await save(request, { ...remembered, worked: { ...worked, [hardware]: result.cpuModel }, failed: failure?.of === 'boot' ? { [hardware]: failure } : {} })
  else if (result.isSlow) await fail('probe', result.problem)
  else await save(request, { ...remembered, failed: {} })
  return result
}

/** Nothing but another start of the computer, or another kernel, brings it a better hypervisor. */
function isOfThisBoot(epochMs: number): boolean {
  return epochMs > Date.now() - uptime() * 1000
}

/** The choice of software emulation, which works everywhere. */
export function emulated(host: VmHost, version: QemuVersion, warnings: Remark[]): AcceleratorChoice {
  const [cpuModel = 'max'] = cpuModels('tcg', host, version)
  return { accelerator: 'tcg', cpuModel, version, warnings }
}

function notWorking(accelerator: Accelerator, problem: string): CoveError {
  return new CoveError('vm.program-unusable', {
    message: `the accelerator "${accelerator}" (setting vm.accelerator) does not work here: ${problem}`,
    hint: 'Let Cove choose: cove config unset vm.accelerator',
  })
}

/** Everything that decides whether an accelerator works: QEMU's file, the host's kernel, and who may open /dev/kvm. */
async function cacheKey({ qemu, host }: AcceleratorRequest): Promise<string> {
  const kvm = host.platform === 'linux' ? await stat('/dev/kvm').catch(() => undefined) : undefined
  const device = kvm ? `${kvm.rdev}:${kvm.mode}:${kvm.uid}:${kvm.gid}` : 'none'
  return [qemu.stamp, host.platform, host.arch, host.release, device, process.getuid?.(), process.getgroups?.().join()].join('|')
}

async function recall(file: string, key: string): Promise<Remembered | undefined> {
  const parsed = Remembered.safeParse(await readJson(file).catch(() => undefined))
  return parsed.success && parsed.data.key === key ? parsed.data : undefined
}

/** A cache that cannot be written costs time at the next start, nothing else. */
async function save({ cacheFile, log }: AcceleratorRequest, remembered: Remembered): Promise<void> {
  try {
    await mkdir(dirname(cacheFile), { recursive: true, mode: 0o700 })
    await writeJson(cacheFile, remembered)
  } catch (error) {
    log.warn('cannot remember the accelerator', { error })
  }
  log.info('probed QEMU', { version: formatVersion(remembered.version), worked: remembered.worked, failed: remembered.failed })
}
