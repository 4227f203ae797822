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
  qemu: string
  openSsh: string
  docker: string
  /** QEMU's options that both guests share; the accelerator is one of them. */
  machine: Machine['options']
  loadAverage: number[]
}

/** Collects the facts of this host. */
export async function readHostFacts(machine: Machine, docker: string): Promise<HostFacts> {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1] ?? process.platform
  const firstLine = async (program: string, ...args: string[]): Promise<string> => {
    const { all } = await execa(program, args, { all: true, reject: false })
    return all.split('\n')[0] ?? ''
  }
  const [qemu, openSsh, dockerVersion] = await Promise.all([firstLine(machine.program, '--version'), firstLine('ssh', '-V'), firstLine(docker, '--version')])
  return {
    system,
    kernel: release(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cpuCount: availableParallelism(),
    memoryMB: Math.round(totalmem() / 1e6),
    node: process.version,
    qemu,
    openSsh,
    docker: dockerVersion,
    machine: machine.options,
    loadAverage: loadavg().map((value) => Math.round(value * 100) / 100),
  }
}

/** The facts as lines for people. */
export function describeHost({ system, kernel, cpu, cpuCount, memoryMB, qemu, machine, openSsh, loadAverage }: HostFacts): string[] {
  return [
    `${system}, kernel ${kernel}, ${cpuCount} × ${cpu}, ${(memoryMB / 1000).toFixed(0)} GB`,
    `${qemu}, ${machine['-accel']}, cpu ${machine['-cpu']}, smp ${machine['-smp']}, memory ${machine['-m']} for both guests; ${openSsh}`,
    `load average before the run ${loadAverage.join(' ')}`,
  ]
}
