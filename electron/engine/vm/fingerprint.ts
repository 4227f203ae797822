import { createHash } from 'node:crypto'
import { cpus, release } from 'node:os'
import { qemuArguments } from './arguments.ts'
import type { LaunchPlan } from './launch.ts'
import type { ProgramFile } from './program.ts'
import { type Channel, guestPorts } from './plan.ts'
import type { Fingerprint } from './vm-record.ts'

/** Everything that memory saved with this plan must find again: QEMU reads its stream only by the same program with the same devices. */
export function fingerprintOf(plan: LaunchPlan, { qemu, recipe }: { qemu: ProgramFile; recipe: string }): Fingerprint {
  // Each start has descriptors and files of its own for these; the guest never sees which.
  const anyChannel: Channel = { kind: 'fd', fd: 0 }
  const ports = guestPorts.map((name) => ({ name, channel: anyChannel }))
  const fwCfg = plan.fwCfg.map(({ name }) => ({ name, file: '' }))
  const args = qemuArguments({ ...plan, fwCfg, monitor: anyChannel, control: anyChannel, ports, virtiofs: [] })
  return {
    qemu: `${qemu.path} ${qemu.stamp}`,
    arguments: createHash('sha256').update(JSON.stringify(args)).digest('hex'),
    image: recipe,
    host: `${release()} ${cpus()[0]?.model ?? ''}`,
  }
}

const meaning: Record<keyof Fingerprint, string> = {
  qemu: 'QEMU is another one',
  arguments: "the vm's settings or devices changed",
  image: 'the guest image is another one',
  host: 'the computer or its system is another one',
}

/** Why memory saved with one fingerprint cannot be loaded with another; undefined when it can. */
export function misfit(saved: Fingerprint | null | undefined, present: Fingerprint): string | undefined {
  if (!saved) return 'it was not saved with its memory'
  const differing = (Object.keys(meaning) as (keyof Fingerprint)[]).filter((key) => saved[key] !== present[key])
  return differing.length === 0 ? undefined : differing.map((key) => meaning[key]).join(', ')
}
