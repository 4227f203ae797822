import { join } from 'node:path'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { type Figure, figure } from '#scripts/bench/figure.ts'
import { pause } from '#scripts/bench/pause.ts'
import { readUsage, usageBetween } from '#scripts/bench/process-usage.ts'
import { chromiumKind, descendantsOf, readProcesses } from '#scripts/bench/window/process-tree.ts'
import type { CdpPage } from './cdp.ts'
import { launch } from './launch.ts'
import { type Extent, openList } from './measure-list.ts'
import type { World } from './world.ts'

/** Processor ms a second of what shows a window. */
interface Cpu {
  renderers: number
  main: number
  /** Chromium's browser, gpu and utility processes, which are not Cove's doing. */
  rest: number
}

/** What a hidden window costs: the list of containers, which is live while it can be seen; against an empty page that is hidden the same way. */
export async function measureHidden(world: World, { runs, isQuick }: Extent): Promise<Figure[]> {
  // Long enough that V8's collection for hidden pages, some 26 s after hiding, always falls into the first stretch: in 8 s its 50 ms
  // were a rate of their own, or were missed.
  const [settleMs, windowMs] = [isQuick ? 3000 : 5000, 30_000]
  await world.page.run(() => void (location.hash = '#/overview'))
  await openList(world)
  const asked = world.docker.asked.length
  const times = { runs: isQuick ? 1 : Math.min(runs, 3), settleMs, windowMs }
  const ours = await watchHidden(world.page, world.mainPid, times)
  const seconds = (settleMs + times.runs * windowMs) / 1000
  const questions = (world.docker.asked.length - asked) / seconds
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cb-e-'))
  await using empty = await launch(join(import.meta.dirname, 'empty-app'), { COVE_HOME: folder.path, HOME: folder.path })
  const theirs = await watchHidden(empty.page, empty.pid, { ...times, runs: 1 })
  const reference = 'an empty page, hidden'
  const of = (what: keyof Cpu, all: Cpu[]): number[] => all.map((each) => each[what])
  const both = (all: Cpu[]): number[] => all.map(({ renderers, main }) => renderers + main)
  const note = `renderer and main process over ${windowMs / 1000} s, with ${world.size} containers listed; beside them Chromium's own processes ${of('rest', ours).map((value) => value.toFixed(1)).join(', ')} ms/s`
  return [
    figure({ name: 'window.hidden-cpu', label: 'hidden window, CPU', unit: 'ms/s', note }, both(ours), { [reference]: both(theirs) }),
    figure({ name: 'window.hidden-renderer', label: 'its renderer', unit: 'ms/s' }, of('renderers', ours), { [reference]: of('renderers', theirs) }),
    figure({ name: 'window.hidden-main', label: 'its main process', unit: 'ms/s' }, of('main', ours), { [reference]: of('main', theirs) }),
    figure({ name: 'window.hidden-asked', label: 'requests to Docker meanwhile', unit: '/s', note: 'the engine’s own samples for the last hour, every 30 s, whoever looks' }, [questions]),
  ]
}

async function watchHidden(page: CdpPage, mainPid: number, { runs, settleMs, windowMs }: { runs: number; settleMs: number; windowMs: number }): Promise<Cpu[]> {
  await page.hide(true)
  await pause(settleMs)
  if (!(await page.run(() => document.hidden))) throw new Error('the window is not hidden')
  const family = await readFamily(mainPid)
  const all: Cpu[] = []
  for (let run = 0; run < runs; run++) {
    const before = await Promise.all(family.map(({ pid }) => readUsage(pid)))
    await pause(windowMs)
    const after = await Promise.all(family.map(({ pid }) => readUsage(pid)))
    const cpu: Cpu = { renderers: 0, main: 0, rest: 0 }
    for (const [index, { part }] of family.entries()) cpu[part] += usageBetween(before[index]!, after[index]!).cpuMsPerSecond
    all.push(cpu)
  }
  await page.hide(false)
  return all
}

/** The processes of an app. Its engine is none of them: it is started apart. */
async function readFamily(mainPid: number): Promise<{ pid: number; part: keyof Cpu }[]> {
  const children = descendantsOf(mainPid, await readProcesses()).filter(({ words }) => !words.some((word) => word.endsWith('.mjs') || word.endsWith('engine-main.ts')))
  return [{ pid: mainPid, part: 'main' as const }, ...children.map((child) => ({ pid: child.pid, part: chromiumKind(child) === 'renderer' ? ('renderers' as const) : ('rest' as const) }))]
}
