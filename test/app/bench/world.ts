import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { covePaths } from '#base/paths.ts'
import { ensureEngine, makeHome } from '#base/engine-process.ts'
import { checkout } from '#scripts/checkout.ts'
import { clockOffset, onOurClock, type ClockSample } from '#scripts/bench/window/clock.ts'
import { startFakeDocker, type FakeDocker } from '../../fixtures/fake-docker/fake-docker.ts'
import type { CdpPage } from './cdp.ts'
import { launch, now } from './launch.ts'
import { installStamps } from './page-stamps.ts'

/** Everything off that would act by itself. */
export const quietSettings = { 'desktop.startVm': false, 'desktop.language': 'en', 'desktop.theme': 'light' }

/** The window over an engine process over a fake Docker that this process is. */
export interface World extends AsyncDisposable {
  size: number
  docker: FakeDocker
  page: CdpPage
  /** The main process of the app. */
  mainPid: number
  enginePid: number
  /** How far the page's clock is known, ms. */
  clockWithinMs: number
  /** A time of the page's on this process's clock. */
  ours(time: number): number
  /** Loads the page anew; resolves when it shows what the engine says. */
  reload(): Promise<void>
}

/** Opens one with so many containers. */
export async function openWorld(size: number): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'cb-w-')))
  const paths = covePaths(join(folder.path, 'h'))
  makeHome(paths)
  await writeFile(paths.settingsFile, JSON.stringify(quietSettings))
  const docker = opened.use(await startFakeDocker(join(folder.path, 'd.sock'), { containers: size }))
  process.env['FAKE_DOCKER'] = docker.path
  let enginePid = 0
  const client = await ensureEngine({ paths, entry: join(import.meta.dirname, 'engine-main.ts'), onSpawn: (pid) => (enginePid = pid) })
  opened.defer(async () => {
    await client.api.engine.shutdown({ keepVm: false }).catch(() => undefined)
    await client[Symbol.asyncDispose]()
  })
  const { page, pid: mainPid } = opened.use(await launch(checkout, { COVE_HOME: paths.home, DOCKER_CONFIG: join(folder.path, 'docker'), HOME: folder.path }))
  await page.run(installStamps)
  await untilLive(page)
  const offset = clockOffset(await readClock(page))
  const reload = async (): Promise<void> => {
    await page.run(() => void Object.assign(globalThis, { isOld: true }))
    await page.send('Page.reload')
    await untilNew(page)
    await page.run(installStamps)
    await untilLive(page)
  }
  const keep = opened.move()
  return { size, docker, page, mainPid, enginePid, clockWithinMs: offset.within, ours: (time) => onOurClock(time, offset), reload, [Symbol.asyncDispose]: () => keep.disposeAsync() }
}

/** Waits until the page shows what the engine says now. */
function untilLive(page: CdpPage): Promise<void> {
  return page.run(() => bench.until(() => document.querySelector('.engine-bar [role=status]')?.textContent?.includes('Docker is running') ?? false, 'that Docker runs'))
}

/** While a document is replaced a question to it may get lost: then it is asked again. */
async function untilNew(page: CdpPage): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    if (await page.run(() => !('isOld' in globalThis) && document.querySelector('.engine-bar') !== null).catch(() => false)) return
  }
  throw new Error('the page was not loaded anew within 60 s')
}

async function readClock(page: CdpPage): Promise<ClockSample[]> {
  const samples: ClockSample[] = []
  for (let i = 0; i < 50; i++) {
    const asked = now()
    const told = await page.run(() => bench.now())
    samples.push({ asked, told, answered: now() })
  }
  return samples
}
