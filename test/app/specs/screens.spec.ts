import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { silentLogger } from '../../../electron/base/log.ts'
import { openStore } from '../../../electron/engine/store/store.ts'
import { expect, test, untilLive } from '../fixtures/app.ts'
import { answerDialogs } from '../fixtures/dialogs.ts'

const open = (window: Page, hash: string): Promise<unknown> => window.evaluate((to) => (location.hash = to), hash)

test('settings are changed, checked, explained and reset, whoever changes them', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  await open(window, '#/settings')
  const cpus = window.getByRole('spinbutton', { name: 'CPUs' })
  await expect(cpus).toHaveValue('2')
  await cpus.fill('3')
  await cpus.press('Enter')
  // Typed on before the engine has answered: it stays when the answer comes.
  await cpus.fill('1000')
  const { api } = await home.connect()
  await expect.poll(async () => (await api.setting.get({ name: 'vm.cpus' })).value).toBe(3)
  await expect(window.getByRole('button', { name: 'Reset CPUs to 2' })).toBeVisible()
  await expect(cpus).toHaveValue('1000')
  await cpus.press('Enter')
  await expect(window.getByRole('alert')).toContainText('"1000" is not a value for "vm.cpus"')
  await cpus.press('Escape')
  await expect(cpus).toHaveValue('3')
  await window.getByRole('button', { name: 'Reset CPUs to 2' }).click()
  await expect(cpus).toHaveValue('2')
  await api.setting.set({ name: 'vm.memoryMiB', value: '4096' })
  await expect(window.getByRole('spinbutton', { name: 'Memory' })).toHaveValue('4096')
  await window.getByRole('searchbox', { name: 'Find a setting' }).fill('acceler')
  await expect(window.getByRole('combobox')).toHaveCount(1)
})

test('dark is dark, at once, and remembered for the next window', async ({ home }) => {
  const { window, electron } = await home.launch()
  await untilLive(window)
  const paper = (page: typeof window) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  expect(await paper(window)).toBe('rgb(251, 251, 250)')
  await open(window, '#/settings')
  await window.getByRole('combobox', { name: 'Appearance' }).selectOption('dark')
  await expect.poll(() => paper(window)).toBe('rgb(23, 24, 26)')
  await electron.close()
  const next = await home.launch()
  expect(await paper(next.window)).toBe('rgb(23, 24, 26)')
})

test('activity shows 10,000 events as a table that stays fast, findable and where one was', async ({ home }) => {
  // Ten thousand events are written one by one first.
  test.slow()
  // A start that fails at once: something that happens, without a vm.
  home.settings({ 'vm.qemu': '/nowhere/qemu' })
  const store = openStore({ file: home.paths.storeFile, log: silentLogger })
  for (let index = 0; index < 9_990; index++) store.addEvent(index % 100 === 0 ? 'engine.failed' : 'vm.resumed', { message: `event ${index}` })
  store[Symbol.dispose]()
  const { window } = await home.launch()
  await untilLive(window)
  await open(window, '#/activity')
  await expect(window.getByText('9,990 rows')).toBeVisible()
  const grid = window.getByRole('grid', { name: 'Activity' })
  await expect(grid).toHaveAttribute('aria-rowcount', '9991')
  expect(await grid.getByRole('row').count()).toBeLessThan(80)
  await grid.focus()
  await window.keyboard.press('End')
  await expect(grid.getByRole('row', { selected: true })).toContainText('event 0')
  await window.keyboard.press('Home')
  await window.keyboard.press('Shift+PageDown')
  // Drawn a frame after the key.
  await expect.poll(() => grid.getByRole('row', { selected: true }).count()).toBeGreaterThan(5)
  // What happens meanwhile goes on top and moves nothing that is chosen or in view.
  await grid.evaluate((element) => element.scrollTo({ top: 3000 }))
  // The rows of the former place go a frame later.
  await expect(grid.getByText('event 9989', { exact: true })).toHaveCount(0)
  const middle = grid.getByRole('row').nth(20)
  const text = await middle.textContent()
  const place = await grid.getByText(text!.match(/event \d+/)![0], { exact: true }).boundingBox()
  const { api } = await home.connect()
  await api.engine.start().catch(() => undefined)
  await expect(window.getByText(/^9,99[1-9] rows$/)).toBeVisible()
  expect(await grid.getByText(text!.match(/event \d+/)![0], { exact: true }).boundingBox()).toEqual(place)
  await window.getByRole('searchbox', { name: 'Filter activity' }).fill('event 777')
  await expect(grid).toHaveAttribute('aria-rowcount', '20')
  await window.getByRole('columnheader', { name: 'Details' }).getByRole('button').click()
  await expect(grid.getByRole('row').nth(1)).toContainText('event 777')
})

test('logs are followed, searched with a count, and hostile lines are only text', async ({ home }) => {
  const { window } = await home.launch()
  await untilLive(window)
  await open(window, '#/trouble/logs')
  const hostile = '<img src=x onerror=alert(1)> \u001b[31mred\u001b[0m \u202eevil'
  writeFileSync(home.paths.logs.guest, `${Array.from({ length: 3000 }, (_, index) => `line ${index}`).join('\n')}\n`)
  await window.getByRole('combobox', { name: 'Log' }).selectOption('guest')
  const grid = window.getByRole('grid', { name: 'Guest' })
  await expect(grid.getByText('line 2999', { exact: true })).toBeVisible()
  appendFileSync(home.paths.logs.guest, `${hostile}\n${'x'.repeat(1_000_000)}\n`)
  await expect(grid.getByText('<img src=x onerror=alert(1)> red')).toBeVisible()
  await window.getByRole('searchbox').fill('/line 12\\d$/')
  await expect(window.getByText('10 rows')).toBeVisible()
  await window.getByRole('searchbox').fill('/line (')
  await expect(window.getByText('This pattern is not complete.')).toBeVisible()
})

test('checkup, diagnostics and resets say what they do before they do it', async ({ home }) => {
  const { window, electron } = await home.launch()
  await untilLive(window)
  await open(window, '#/trouble/checkup')
  await expect(window.getByRole('heading', { name: /^Permissions/ })).toBeVisible()
  await window.getByRole('tab', { name: 'Diagnostics' }).click()
  await window.getByRole('button', { name: /^settings\.json/ }).click()
  await expect(window.getByLabel('settings.json')).toContainText('"vm.cpus"')
  const bundle = join(home.paths.home, '..', 'bundle.tar.gz')
  await answerDialogs(electron, { savePath: bundle })
  await window.getByRole('button', { name: 'Save bundle…' }).click()
  await expect(window.getByText('Saved', { exact: true })).toBeVisible()
  expect(readFileSync(bundle).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
  await window.getByRole('tab', { name: 'Reset' }).click()
  await window.getByRole('button', { name: 'Reset everything…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Reset Cove completely' })
  await expect(dialog.getByText(home.paths.settingsFile)).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await window.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  expect(existsSync(home.paths.settingsFile)).toBe(true)
})
