import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { execa } from 'execa'
import type { Machine } from './machine.ts'

/** What one must know of the machine to compare its figures with those of another. */
export interface HostFacts {
  system: string
  kernel: string
  cpu: string
  cpuCount: number
  memoryMB: number
  node: string
  chromium: string
  openSsh: string
  /** What guests run with; null where nothing was measured in one. */
  guests: GuestFacts | null
  loadAverage: number[]
}

/** What the guests of a run have in common. */
export interface GuestFacts {
  qemu: string
  docker: string
  /** QEMU's options that both guests share; the accelerator is one of them. */
  machine: Machine['options']
}

/** Collects the facts of this host, and of the guests where there are any. */
export async function readHostFacts(guests?: { machine: Machine; docker: string }): Promise<HostFacts> {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1] ?? process.platform
  const lineOf = async (program: string, arg: string, pattern = /^.*/): Promise<string> => {
    const { all } = await execa(program, [arg], { all: true, reject: false })
    return pattern.exec(all)?.[0] ?? ''
  }
  const [chromium, openSsh] = await Promise.all([lineOf('chromium', '--version', /^Chromium .*$/m), lineOf('ssh', '-V')])
  const guestFacts = async ({ machine, docker }: { machine: Machine; docker: string }): Promise<GuestFacts> => {
    const [qemu, version] = await Promise.all([lineOf(machine.program, '--version'), lineOf(docker, '--version')])
    return { qemu, docker: version, machine: machine.options }
  }
  return {
    system,
    kernel: release(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cpuCount: availableParallelism(),
    memoryMB: Math.round(totalmem() / 1e6),
    node: process.version,
    chromium,
    openSsh,
    guests: guests ? await guestFacts(guests) : null,
    loadAverage: loadavg().map((value) => Math.round(value * 100) / 100),
  }
}

/** The facts as lines for people. */
export function describeHost({ system, kernel, cpu, cpuCount, memoryMB, guests, openSsh, chromium, loadAverage }: HostFacts): string[] {
  return [
    `${system}, kernel ${kernel}, ${cpuCount} × ${cpu}, ${(memoryMB / 1000).toFixed(0)} GB`,
    ...(guests ? [`${guests.qemu}, ${describeMachine(guests.machine)} for both guests; ${openSsh}`] : []),
    ...(chromium === '' ? [] : [chromium]),
    `load average before the run ${loadAverage.join(' ')}`,
  ]
}

function describeMachine(options: Machine['options']): string {
  return `${options['-accel']}, cpu ${options['-cpu']}, smp ${options['-smp']}, memory ${options['-m']}`
}
