import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeDocker } from '../../fixtures/fake-docker/fake-docker.ts'
import { startTestEngine } from '../../unit/engine/test-engine.ts'
import { expect, test, untilLive } from '../fixtures/app.ts'

test('a terminal repeats what is typed, is still there when one comes back, and 5,000 containers are a list', async ({ home }) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cove-d-'))
  await using docker = await startFakeDocker(join(folder.path, 'd.sock'), { containers: 5000 })
  await using engine = await startTestEngine({ docker })
  for (const [name, value] of [['desktop.startVm', 'false'], ['desktop.language', 'en'], ['desktop.theme', 'light']] as const) await engine.parts.settings.set(name, value)
  await engine.parts.life.start()
  const { window, electron } = await home.launch({ env: { COVE_HOME: engine.paths.home } })
  await untilLive(window, 'Docker is running')
  await window.getByRole('link', { name: 'Containers' }).click()
  const grid = window.getByRole('grid', { name: 'Containers' })
  await expect(grid).toHaveAttribute('aria-rowcount', '5001')
  expect(await grid.getByRole('row').count()).toBeLessThan(80)
  await window.getByRole('checkbox', { name: 'Only running' }).check()
  await grid.getByRole('row').nth(1).locator('.object-link').first().click()
  await window.getByRole('tab', { name: 'Terminal' }).click()
  await window.getByRole('button', { name: 'Open a terminal' }).click()
  const screen = window.locator('.xterm-rows')
  await expect(screen).toContainText('hello')
  await window.keyboard.type('echoed by the other end')
  await expect(screen).toContainText('echoed by the other end')
  await window.keyboard.press('F6')
  await expect(window.getByRole('tab', { name: 'Terminal' })).toBeFocused()
  await window.getByRole('tab', { name: 'Mounts' }).click()
  await expect(screen).toHaveCount(0)
  await window.getByRole('tab', { name: 'Terminal' }).click()
  await expect(screen).toContainText('echoed by the other end')
  await electron.close()
})
