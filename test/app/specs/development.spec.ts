import { expect } from '../fixtures/app.ts'
import { test } from '../fixtures/development.ts'

test.slow()

test('what is changed of the window is seen there: styles in place, the rest where one was; an error is named and mended', async ({ dev }) => {
  const { window } = await dev.look()
  const heading = window.getByRole('heading', { level: 1 })
  const name = (text: string): void => dev.edit('renderer/locales/en.json', (json) => json.replace(/("screen": \{[^}]*"settings": )"[^"]*"/, `$1"${text}"`))
  await expect(heading).toHaveText('Overview')
  await window.evaluate(() => (location.hash = '#/settings'))
  await window.getByRole('searchbox').fill('language')
  dev.edit('renderer/styles/tokens.css', (css) => `${css}\n:root { --edited: 42px }\n`)
  await expect.poll(() => window.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--edited')), { timeout: 30_000 }).toBe('42px')
  await expect(window.getByRole('searchbox')).toHaveValue('language')
  name('Settings, edited')
  await expect(heading).toHaveText('Settings, edited', { timeout: 30_000 })
  dev.edit('renderer/main.tsx', (code) => `${code}\nconst broken = {{\n`)
  expect(await dev.line(/main\.tsx:\d/)).toMatch(/renderer\/main\.tsx:\d+:\d+/)
  await dev.line(/goes on with the next change/)
  await expect(heading).toHaveText('Settings, edited')
  dev.edit('renderer/main.tsx', (code) => code.replace('const broken = {{', ''))
  name('Settings, mended')
  await expect(heading).toHaveText('Settings, mended', { timeout: 30_000 })
})

test('what is changed of main and preload starts the app again, and Ctrl-C leaves nothing of it', async ({ dev }) => {
  const first = await dev.look()
  await expect(first.window.getByRole('heading', { level: 1 })).toHaveText('Overview')
  dev.edit('electron/desktop/words.ts', (code) => `${code}\nconst broken: = 1\n`)
  await dev.line(/electron\/desktop\/words\.ts:\d+:\d+/)
  await dev.line(/goes on with the next change/)
  // Nothing starts before the last of these is saved.
  dev.edit('electron/desktop/main.ts', (code) => `${code}\nconsole.log('main, edited')\n`)
  dev.edit('electron/desktop/preload.ts', (code) => `${code}\ncontextBridge.exposeInMainWorld('edited', true)\n`)
  dev.edit('electron/desktop/words.ts', (code) => code.replace('const broken: = 1', ''))
  await dev.line(/main, edited/)
  const { window, browser } = await dev.look()
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('Overview')
  await expect.poll(() => window.evaluate(() => 'edited' in globalThis)).toBe(true)
  const gone = new Promise<void>((resolve) => browser.once('disconnected', () => resolve()))
  process.kill(dev.pid, 'SIGINT')
  expect(await dev.ended).toBe(0)
  await gone
})
