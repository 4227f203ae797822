import { type Figure, figure } from '#scripts/bench/figure.ts'
import { pause } from '#scripts/bench/pause.ts'
import { framedLines, linesDue } from '#scripts/bench/window/log-lines.ts'
import type { FakeContainer } from '../../fixtures/fake-docker/state.ts'
import type { Extent } from './measure-list.ts'
import type { World } from './world.ts'

/** What UX.md promises. */
const perSecond = 50_000
/** How often Docker writes; each time what is due by then. */
const everyMs = 10

/** A log that is printed at 50,000 lines a second while it is looked at: how many arrive, and how long the page stands still. */
export async function measureLog(world: World, { runs, isQuick }: Extent): Promise<Figure[]> {
  const seconds = isQuick ? 3 : 10
  const [taken, stalls, idle, lags] = [[] as number[], [] as number[], [] as number[], [] as number[]]
  const container = [...world.docker.state.containers.values()].find(({ state }) => state === 'running')
  if (!container) throw new Error('there is no container to print')
  for (let run = 0; run < runs; run++) {
    await openLog(world, container)
    await watchFrames(world)
    await pause(Math.min(seconds, 3) * 1000)
    idle.push(await longestGap(world))
    const flood = await pour(world, container, seconds)
    taken.push(flood.taken)
    stalls.push(flood.stall)
    lags.push(flood.lagMs)
    await leaveLog(world)
  }
  const note = `${perSecond} lines a second for ${seconds} s, followed at the end of the log; the same page without a line beside it`
  return [
    figure({ name: 'window.log-stall', label: 'log at 50,000 lines/s, longest stall', unit: 'ms', note }, stalls, { 'no line is printed': idle }),
    figure({ name: 'window.log-taken', label: 'lines in the window', unit: '/s', better: 'higher', note: 'until the last of them is shown' }, taken),
    figure({ name: 'window.log-lag', label: 'last line printed → counted in the window', unit: 'ms' }, lags),
  ]
}

async function openLog({ page }: World, { id }: FakeContainer): Promise<void> {
  await page.run((hash) => void (location.hash = hash), `#/containers/${id}/logs`)
  await page.run(() => bench.until(() => document.querySelector('.log-rows') !== null && document.querySelector('.log-empty') !== null, 'the log'))
}

async function leaveLog({ page }: World): Promise<void> {
  await page.run(() => void (location.hash = '#/overview'))
  await page.run(() => bench.until(() => document.querySelector('.log-rows') === null, 'the overview'))
}

/** The longest time between two frames, kept by the page itself. */
function watchFrames({ page }: World): Promise<void> {
  return page.run(() => {
    const gaps = { longest: 0 }
    Object.assign(globalThis, { gaps })
    let last = performance.now()
    const frame = (): void => {
      const at = performance.now()
      gaps.longest = Math.max(gaps.longest, at - last)
      last = at
      if ((globalThis as unknown as { gaps: unknown }).gaps === gaps) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}

/** Gives the longest gap so far, and begins anew. */
function longestGap({ page }: World): Promise<number> {
  return page.run(() => {
    const { gaps } = globalThis as unknown as { gaps: { longest: number } }
    const { longest } = gaps
    gaps.longest = 0
    return longest
  })
}

interface Flood {
  taken: number
  stall: number
  lagMs: number
}

async function pour(world: World, container: FakeContainer, seconds: number): Promise<Flood> {
  const { docker, page } = world
  const began = performance.now()
  let sent = 0
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - began) {
    const due = linesDue({ perSecond, elapsedMs, sent })
    if (due > 0) docker.state.pour(container, framedLines(due, sent))
    sent += due
    await pause(everyMs)
  }
  const ended = performance.now()
  await page.run((all) => bench.until(() => Number(document.querySelector('.log-view [role=status]')?.textContent?.replaceAll(/\D/g, '')) >= all, `${all} lines`), sent)
  const shown = performance.now()
  return { taken: (sent / (shown - began)) * 1000, stall: await longestGap(world), lagMs: shown - ended }
}

/** How often the state of things is read during the visits. */
const readings = 10

/** Visits to log views, after which everything is as before: memory, nodes, listeners, streams. */
export async function measureVisits(world: World, { isQuick }: Extent): Promise<Figure[]> {
  const { docker } = world
  const visits = isQuick ? 50 : 1000
  const visited = [...docker.state.containers.values()].filter(({ state }) => state === 'running').slice(0, 10)
  for (const container of visited) if (container.log.length === 0) for (let i = 0; i < 500; i++) docker.state.print(container, `line ${i} of ${container.name}\n`)
  const hashes = visited.map(({ id }) => `#/containers/${id}/logs`)
  // The first ones compile and fill caches.
  await visit(world, hashes, Math.max(20, visits / readings))
  const before = await readState(world)
  const states = [before]
  for (let reading = 0; reading < readings; reading++) {
    await visit(world, hashes, visits / readings)
    states.push(await readState(world))
  }
  const grown = (of: (state: PageState) => number): number[] => states.slice(1).map((state) => of(state) - of(before))
  const last = states.at(-1) ?? before
  const note = `JS heap after a full collection, each tenth of ${visits} visits against the one before the first (${before.heapMB.toFixed(1)} MB); the page’s streams ${last.pageStreams - before.pageStreams} more than before`
  const streams = await untilStreams(world)
  return [
    figure({ name: 'window.visits-heap', label: `${visits} visits to a log: heap grown by`, unit: 'MB', note }, grown(({ heapMB }) => heapMB)),
    figure({ name: 'window.visits-heap-share', label: 'heap, last tenth against the first', unit: '×' }, [last.heapMB / (states[1] ?? before).heapMB]),
    figure({ name: 'window.visits-nodes', label: 'DOM nodes grown by', unit: 'count' }, grown(({ nodes }) => nodes)),
    figure({ name: 'window.visits-listeners', label: 'listeners grown by', unit: 'count' }, grown(({ listeners }) => listeners)),
    figure({ name: 'window.visits-streams', label: 'log streams left open at Docker', unit: 'count', note: 'what the engine still follows once the last view was left' }, [streams]),
  ]
}

async function visit({ page }: World, hashes: readonly string[], count: number): Promise<void> {
  await page.run(
    async ({ hashes: all, count: most }) => {
      for (let i = 0; i < most; i++) {
        location.hash = all[i % all.length]!
        await bench.until(() => document.querySelectorAll('.log-row').length > 5, 'a log')
        location.hash = '#/overview'
        await bench.until(() => document.querySelector('.log-rows') === null, 'the overview')
        await bench.painted()
      }
    },
    { hashes, count },
  )
}

interface PageState {
  heapMB: number
  nodes: number
  listeners: number
  pageStreams: number
}

async function readState({ page }: World): Promise<PageState> {
  // Twice: what the first one's finalizers let go of.
  for (let i = 0; i < 2; i++) await page.send('HeapProfiler.collectGarbage')
  const { usedSize } = (await page.send('Runtime.getHeapUsage')) as { usedSize: number }
  const { nodes, jsEventListeners } = (await page.send('Memory.getDOMCounters')) as { nodes: number; jsEventListeners: number }
  const pageStreams = await page.run(() => Number(document.documentElement.dataset['streams']))
  return { heapMB: usedSize / 1e6, nodes, listeners: jsEventListeners, pageStreams }
}

const streamsLimitMs = 10_000

/** Logs that are still followed at Docker; a moment is given, for the last one is ended over two sockets. */
async function untilStreams({ docker }: World): Promise<number> {
  const count = (): number => [...docker.state.followers.values()].reduce((sum, followers) => sum + followers.size, 0)
  for (const deadline = performance.now() + streamsLimitMs; count() > 0 && performance.now() < deadline; ) await pause(50)
  return count()
}
