import { mkdtempDisposable, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from '@playwright/test'
import { alternate } from '../../../scripts/bench/alternate.ts'
import { median } from '../../../scripts/bench/statistics.ts'
import { type AppHome, expect, test, untilLive } from '../fixtures/app.ts'

const emptyApp = join(import.meta.dirname, '..', 'bench', 'empty-app')

test('the window is usable with the engine off, shows the last known state, then the engine it started', async ({ home }) => {
  const first = await home.launch()
  await untilLive(first.window)
  await first.electron.close()
  await endEngine(home)
  // The least app there can be, the same way, on this machine and in these seconds, is the yardstick.
  const [ours = [], theirs = []] = await alternate([() => timeOurs(home), timeEmpty], 3)
  test.info().annotations.push({ type: 'usable', description: `${ours.map(Math.round).join(', ')} ms, an empty app ${theirs.map(Math.round).join(', ')} ms` })
  expect(median(ours)).toBeLessThan(Math.max(1000, 2 * median(theirs)))
})

async function timeOurs(home: AppHome): Promise<number> {
  const { electron, window, usableMs } = await home.launch()
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('Overview')
  await untilLive(window)
  await electron.close()
  await endEngine(home)
  return usableMs
}

async function timeEmpty(): Promise<number> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cove-e-'))
  const began = performance.now()
  const electron = await _electron.launch({ args: [emptyApp], env: { ...(process.env as Record<string, string>), COVE_HOME: folder.path, HOME: folder.path } })
  const window = await electron.firstWindow()
  await window.getByRole('heading', { level: 1 }).waitFor()
  const ms = performance.now() - began
  await electron.close()
  return ms
}

async function endEngine(home: AppHome): Promise<void> {
  await using engine = await home.connect()
  await engine.api.engine.shutdown({ keepVm: false })
  await engine.closed
}

test('an engine that is killed is started again; the window says so and goes on without a reload', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  await window.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  const engine = await home.connect()
  const { engine: before } = await engine.api.engine.status()
  process.kill(before!.pid, 'SIGKILL')
  await expect(window.getByText(`process ${before!.pid}`)).toBeHidden()
  await untilLive(window)
  await expect(window.getByText(/0\.\d+\.\d+, process \d+/)).toBeVisible()
  expect(await window.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

test('an engine that cannot start is tried for ever; the banner says why and the way back is found', async ({ home }) => {
  const { window, electron } = await home.launch()
  await untilLive(window)
  const { api } = await home.connect()
  // Its home is unusable for a while: a file stands where the logs go.
  const aside = `${home.paths.logsDir}.aside`
  await rename(home.paths.logsDir, aside)
  await writeFile(home.paths.logsDir, '')
  const { engine } = await api.engine.status()
  process.kill(engine!.pid, 'SIGKILL')
  await expect(window.getByText('The engine cannot be reached. What you see')).toBeVisible()
  await rm(home.paths.logsDir)
  await rename(aside, home.paths.logsDir)
  await window.getByRole('button', { name: 'Try now' }).click()
  await untilLive(window)
  await expect(window.getByText('The engine cannot be reached. What you see')).toBeHidden()
  expect(electron.windows()).toHaveLength(1)
})

test('views close their streams when they are left', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  const streams = () => window.evaluate(() => Number(document.documentElement.dataset['streams']))
  // The status and the settings are followed throughout.
  await expect.poll(streams).toBe(3)
  for (let round = 0; round < 5; round++) {
    await window.evaluate(() => (location.hash = '#/trouble/logs'))
    await expect.poll(streams).toBe(4)
    await window.evaluate(() => (location.hash = '#/activity'))
    await expect(window.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible()
    await window.evaluate(() => (location.hash = '#/disk'))
    await expect.poll(streams).toBe(3)
  }
})
