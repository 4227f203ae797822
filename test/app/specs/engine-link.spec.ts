import { execFileSync } from 'node:child_process'
import { rename, rm, writeFile } from 'node:fs/promises'
import { expect, test, untilLive } from '../fixtures/app.ts'

test('the window is usable with the engine off, shows the last known state, then the engine it started', async ({ home }) => {
  const first = await home.launch()
  await untilLive(first.window)
  await first.electron.close()
  // A Chromium that shows an empty page, on this machine and at this moment, is the yardstick.
  const began = performance.now()
  execFileSync('/usr/bin/chromium', ['--headless=new', '--no-sandbox', '--screenshot=/dev/null', '--window-size=1120,740', 'about:blank'], { stdio: 'ignore' })
  const yardstickMs = performance.now() - began
  const { window, usableMs } = await home.launch()
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('Overview')
  test.info().annotations.push({ type: 'usable', description: `${usableMs.toFixed(0)} ms, a bare Chromium ${yardstickMs.toFixed(0)} ms` })
  expect(usableMs).toBeLessThan(Math.max(1000, 2.5 * yardstickMs))
  await untilLive(window)
})

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
