import type { Bench, Section } from '../bench.ts'
import { type Figure, figure } from '../figure.ts'
import { readUsage, usageBetween, type UsageRate } from '../process-usage.ts'
import { conventionalGuest } from '../references.ts'
import { startReference } from '../reference/reference-vm.ts'
import { pause } from '../pause.ts'

/** One process over each window. */
type Windows = UsageRate[]

/** What a running vm costs while nobody uses it: the engine against ssh, QEMU against QEMU. */
export const idle: Section = {
  name: 'idle',
  async measure(bench: Bench): Promise<Figure[]> {
    const theirs = await measureReference(bench)
    await bench.cove.run(['start', '--wait'])
    const { engine, vm } = await bench.cove.status()
    if (!engine || !vm) throw new Error('no vm runs')
    const [engineWindows = [], vmWindows = []] = await watchIdle(bench, [engine.pid, vm.pid])
    return [
      ...figuresOf('engine', 'engine', [engineWindows, { 'ssh -L process': theirs[1] ?? [] }]),
      ...figuresOf('qemu', 'QEMU', [vmWindows, { [conventionalGuest]: theirs[0] ?? [] }]),
    ]
  },
}

async function measureReference(bench: Bench): Promise<Windows[]> {
  await bench.cove.endEngine()
  const { disk, key } = await bench.reference()
  await using reference = await startReference({ disk, key, machine: bench.machine })
  const windows = await watchIdle(bench, [reference.pid, reference.sshPid])
  await reference.stop()
  return windows
}

/** More would tell nothing new. */
const mostWindows = 3

/** Lets things settle, then watches processes for a few windows of half a minute. */
async function watchIdle(bench: Bench, pids: readonly number[]): Promise<Windows[]> {
  const [settleMs, windowMs] = bench.isQuick ? [15_000, 15_000] : [45_000, 30_000]
  const count = Math.min(bench.runs, mostWindows)
  bench.say(`watching an idle vm for ${(settleMs + count * windowMs) / 1000} s`)
  await pause(settleMs)
  const windows: Windows[] = pids.map(() => [])
  let before = await Promise.all(pids.map(readUsage))
  for (let run = 0; run < count; run++) {
    await pause(windowMs)
    const after = await Promise.all(pids.map(readUsage))
    for (const [index, usage] of after.entries()) {
      const earlier = before[index]
      if (earlier) windows[index]?.push(usageBetween(earlier, usage))
    }
    before = after
  }
  return windows
}

function figuresOf(name: string, label: string, [ours, references]: [Windows, Record<string, Windows>]): Figure[] {
  const of = (head: Pick<Figure, 'name' | 'label' | 'unit'>, value: (rate: UsageRate) => number): Figure => {
    const others = Object.entries(references).map(([key, windows]) => [key, windows.map(value)] as const)
    return figure(head, ours.map(value), Object.fromEntries(others))
  }
  return [
    of({ name: `idle.${name}-rss`, label: `${label} RSS, idle`, unit: 'MB' }, ({ residentMB }) => residentMB),
    of({ name: `idle.${name}-pss`, label: `${label} PSS, idle`, unit: 'MB' }, ({ proportionalMB }) => proportionalMB),
    of({ name: `idle.${name}-cpu`, label: `${label} CPU, idle`, unit: 'ms/s' }, ({ cpuMsPerSecond }) => cpuMsPerSecond),
    of({ name: `idle.${name}-wake-ups`, label: `${label} wake-ups, idle`, unit: '/s' }, ({ wakeUpsPerSecond }) => wakeUpsPerSecond),
  ]
}
