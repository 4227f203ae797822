import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alternate } from '#scripts/bench/alternate.ts'
import { type Figure, figure } from '#scripts/bench/figure.ts'
import { checkout } from '#scripts/checkout.ts'
import { connectEngine } from '#base/engine-client.ts'
import { makeHome } from '#base/engine-process.ts'
import { type CovePaths, covePaths } from '#base/paths.ts'
import { launch, type Launched } from './launch.ts'
import { installStamps } from './page-stamps.ts'
import { quietSettings } from './world.ts'

/** From the app's execution to its first screen, with no engine running: it is started meanwhile. Against the least app there can be. */
export async function measureStart(runs: number): Promise<Figure[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cb-s-'))
  const paths = covePaths(join(folder.path, 'h'))
  makeHome(paths)
  await writeFile(paths.settingsFile, JSON.stringify(quietSettings))
  const ours = async (): Promise<number> => {
    const ms = await timeFirstPaint(checkout, { COVE_HOME: paths.home, HOME: folder.path })
    await endEngine(paths)
    return ms
  }
  const empty = (): Promise<number> => timeFirstPaint(join(import.meta.dirname, 'empty-app'), { COVE_HOME: join(folder.path, 'e'), HOME: folder.path })
  // What is on disk for the first time, and a state to be remembered.
  await ours()
  await empty()
  const [cove = [], reference = []] = await alternate([ours, empty], runs)
  const note = 'from the execution of the app to the paint of its first screen with a heading, by the page’s clock; the engine’s process is started meanwhile'
  return [figure({ name: 'window.usable', label: 'window usable, engine off', unit: 'ms', note }, cove, { 'an empty page, the same way': reference })]
}

async function timeFirstPaint(app: string, env: Record<string, string>): Promise<number> {
  await using launched = await launch(app, env)
  return (await firstPaint(launched)) - launched.at
}

/** The first paint with content; the heading comes with it, or its own moment counts. */
async function firstPaint({ page }: Launched): Promise<number> {
  await page.run(installStamps)
  return page.run(async () => {
    const hadHeading = document.querySelector('h1') !== null
    await bench.until(() => document.querySelector('h1') !== null, 'a heading')
    const late = hadHeading ? 0 : await bench.painted()
    const paint = await new Promise<number>((resolve) => {
      new PerformanceObserver((list) => {
        const [found] = list.getEntriesByName('first-contentful-paint')
        if (found) resolve(performance.timeOrigin + found.startTime)
      }).observe({ type: 'paint', buffered: true })
    })
    return Math.max(late, paint)
  })
}

/** Ends the engine that the app has started; it may still be starting. */
async function endEngine(paths: CovePaths): Promise<void> {
  const client = await connectEngine({ paths }).catch(() => undefined)
  if (!client) return
  await client.api.engine.shutdown({ keepVm: false }).catch(() => undefined)
  await client.closed
}
