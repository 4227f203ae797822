import { type Figure, figure } from '#scripts/bench/figure.ts'
import { percentile } from '#scripts/bench/statistics.ts'
import { now } from './launch.ts'
import type { World } from './world.ts'

/** How much is measured: one run's worth. */
export interface Extent {
  runs: number
  isQuick: boolean
}

/** The list of containers: how soon it is there, and what a keystroke in its search costs. */
export async function measureList(world: World, { runs }: Extent): Promise<Figure[]> {
  const [first, again, strokes, shown] = [[] as number[], [] as number[], [] as number[][], [] as number[][]]
  for (let run = 0; run < runs; run++) {
    await world.page.run(() => void (location.hash = '#/overview'))
    await world.reload()
    first.push(await openList(world))
    await world.page.run(() => void (location.hash = '#/overview'))
    await world.page.run(() => bench.until(() => document.querySelector('.table') === null, 'the overview'))
    again.push(await openList(world))
    const typed = await typeSearch(world)
    strokes.push(typed.map(({ work }) => work))
    shown.push(typed.map(({ paint }) => paint))
  }
  const p95 = (values: number[][]): number[] => values.map((each) => percentile(each, 0.95))
  return [
    figure({ name: 'window.first-rows', label: 'list of containers, first paint', unit: 'ms', note: 'from the click on “Containers” to painted rows, first visit: everything is asked of the engine' }, first),
    figure({ name: 'window.rows-again', label: 'list of containers, paint on a later visit', unit: 'ms' }, again),
    figure({ name: 'window.search', label: 'search, a keystroke', unit: 'ms', note: 'the page’s main thread from the key’s input to the end of script, style and layout' }, strokes.map((each) => percentile(each, 0.5))),
    figure({ name: 'window.search-p95', label: 'search, a keystroke, p95', unit: 'ms' }, p95(strokes)),
    figure({ name: 'window.search-shown', label: 'search, a keystroke to its paint, p95', unit: 'ms' }, p95(shown)),
  ]
}

/** Opens the list; milliseconds until its rows are painted. */
export async function openList({ page, size }: World): Promise<number> {
  return page.run(async (rows) => {
    const began = performance.now()
    location.hash = '#/containers'
    await bench.until(() => document.querySelector(`.table[aria-rowcount="${rows}"]`) !== null && document.querySelectorAll('.table-row').length >= 10, `${rows} rows`)
    return (await bench.painted()) - performance.timeOrigin - began
  }, size + 1)
}

const searches = ['worker-00', 'project 2', 'exited', 'app-7 1.7', '127']

/** What one keystroke cost: the main thread's work, and the time to its paint. */
interface Keystroke {
  work: number
  paint: number
  /** Nothing of the list changed after the work was taken to be done. */
  isWhole: boolean
}

async function typeSearch({ page }: World): Promise<Keystroke[]> {
  await page.run(() => {
    const strokes: Keystroke[] = []
    Object.assign(globalThis, { strokes })
    document.querySelector<HTMLInputElement>('.table-tools input')?.focus()
    let began = 0
    // Ahead of React's own listeners, and after them: what a key causes they render before the next one is called. A task posted
    // from here would not do: Chromium holds tasks back until the frame after a key has been painted.
    window.addEventListener('input', () => (began = performance.now()), { capture: true })
    window.addEventListener('input', () => {
      const table = document.querySelector('.table')
      table?.getBoundingClientRect()
      const [from, work, rows] = [began, performance.now() - began, table?.ariaRowCount]
      void bench.painted().then((at) => strokes.push({ work, paint: at - performance.timeOrigin - from, isWhole: table?.ariaRowCount === rows }))
    })
  })
  let typed = 0
  for (const text of searches) {
    for (const key of text) {
      await page.press(key)
      typed++
      await page.run((count) => new Promise<void>((resolve) => {
        const look = (): void => void ((globalThis as unknown as { strokes: unknown[] }).strokes.length >= count ? resolve() : requestAnimationFrame(look))
        look()
      }), typed)
    }
    await page.press('Escape')
    await page.run(() => bench.until(() => document.querySelector<HTMLInputElement>('.table-tools input')?.value === '', 'an empty search'))
    await page.run(() => bench.painted())
    // Emptying it is none of the keystrokes.
    await page.run((count) => void ((globalThis as unknown as { strokes: unknown[] }).strokes.length = count), typed)
  }
  const strokes = await page.run(() => (globalThis as unknown as { strokes: Keystroke[] }).strokes)
  if (!strokes.every(({ isWhole }) => isWhole)) throw new Error('the list was filtered later than a keystroke’s work was measured')
  return strokes
}

/** From Docker's event to the painted row, p95 of each run. */
export async function measureEvents(world: World, { runs, isQuick }: Extent): Promise<Figure[]> {
  const { page, docker, ours, clockWithinMs } = world
  await page.run(() => void (location.hash = '#/overview'))
  await openList(world)
  // In view, and it stays there: a paused container is listed among those that run.
  const container = [...docker.state.containers.values()][3]
  if (!container) throw new Error('there is no container to change')
  const count = isQuick ? 20 : 100
  const all: number[][] = []
  for (let run = 0; run < runs; run++) {
    const times: number[] = []
    for (let i = 0; i < count; i++) {
      const next = container.state === 'paused' ? 'running' : 'paused'
      const seen = page.run(
        async ({ name, state }) => {
          const row = (): Element | undefined => [...document.querySelectorAll('.table-row')].find((each) => each.querySelector('.cell.name')?.textContent === name)
          await bench.until(() => row()?.querySelector('.cell.state')?.textContent?.includes(state) ?? false, `${name} ${state}`)
          return bench.painted()
        },
        { name: container.name, state: next },
      )
      // Answered after the page has begun to look.
      await page.run(() => undefined)
      const began = now()
      docker.state.set(container, next, next === 'paused' ? 'pause' : 'unpause')
      times.push(ours(await seen) - began)
    }
    all.push(times)
  }
  const note = `from the write of Docker’s event to the painted row; both clocks are the system’s (performance.timeOrigin + now()), compared to within ${clockWithinMs.toFixed(1)} ms`
  return [
    figure({ name: 'window.event-row', label: 'event → row', unit: 'ms' }, all.map((times) => percentile(times, 0.5))),
    figure({ name: 'window.event-row-p95', label: 'event → row, p95', unit: 'ms', note }, all.map((times) => percentile(times, 0.95))),
  ]
}
