import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DesktopBridge } from '../../../electron/contract/desktop-bridge.ts'
import { expect, test, untilLive } from '../fixtures/app.ts'
import { callsOf, clickTray, isStandIn, seeTray } from '../fixtures/tray.ts'

/** The page's own view of itself. */
interface Bridged {
  cove: DesktopBridge
}

/** What only the stand-in can look into. */
const inside = test.extend({})
inside.skip(!isStandIn, 'the system draws trays and dialogs itself')

test('a second app hands its words to the first and ends', async ({ home }) => {
  const { window, electron } = await home.launch()
  await untilLive(window)
  await home.again({ words: ['cove://open/disk'] })
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('Disk')
  expect(electron.windows()).toHaveLength(1)
})

test('at log-in the app opens in the tray alone, and shows its window when it is asked for', async ({ home }) => {
  const electron = await home.start({ words: ['--hidden'] })
  // Its engine answers: it is up.
  await expect.poll(() => home.connect().then(() => true, () => false), { timeout: 30_000 }).toBe(true)
  await home.again({ words: ['--hidden'] })
  expect(electron.windows()).toEqual([])
  const shown = electron.waitForEvent('window')
  await home.again()
  await expect((await shown).getByRole('heading', { level: 1 })).toHaveText('Overview')
  expect(electron.windows()).toHaveLength(1)
})

inside('a page that dies again and again is closed with a word, and opens anew from the tray', async ({ home }) => {
  const { electron, window } = await home.launch()
  await untilLive(window)
  // Playwright itself loses sight of a page that crashed.
  const crash = () => electron.evaluate(({ BrowserWindow }) => {
    const [page] = BrowserWindow.getAllWindows()
    const { promise, resolve } = Promise.withResolvers<void>()
    page!.webContents.once('did-finish-load', () => resolve())
    page!.once('closed', () => resolve())
    page!.webContents.forcefullyCrashRenderer()
    return promise
  })
  for (let times = 0; times < 4; times++) await crash()
  await expect.poll(() => callsOf(electron, 'dialog.showMessageBox')).toMatchObject([{ type: 'error', detail: expect.stringContaining('three times') as unknown }])
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(0)
  const shown = electron.waitForEvent('window')
  await clickTray(electron, 'open')
  await expect((await shown).getByRole('heading', { level: 1 })).toHaveText('Overview')
})

test('the window comes back where it was, and the preload script offers nothing but the bridge', async ({ home }) => {
  const first = await home.launch()
  await untilLive(first.window)
  await first.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.setBounds({ x: 130, y: 90, width: 900, height: 650 }))
  await first.electron.close()
  const { electron, window } = await home.launch()
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds())).toEqual({ x: 130, y: 90, width: 900, height: 650 })
  const world = await window.evaluate(() => {
    const { cove } = globalThis as unknown as Bridged
    return { names: Object.keys(cove).toSorted(), hasNode: 'require' in globalThis || 'process' in globalThis, isFrozen: Object.isFrozen(cove) }
  })
  expect(world).toEqual({
    names: ['chooseFiles', 'chooseFolder', 'chooseSavePath', 'copy', 'onCommand', 'onLink', 'openExternal', 'quit', 'ready', 'reconnect', 'showInFolder', 'start'],
    hasNode: false,
    isFrozen: true,
  })
})

test('the page cannot load, connect to, navigate to or open anything of anybody else', async ({ home }) => {
  const { window, electron } = await home.launch()
  await untilLive(window)
  const url = window.url()
  const outcome = await window.evaluate(async () => {
    const settled = async (work: () => unknown): Promise<string> => {
      try {
        await work()
        return 'allowed'
      } catch {
        return 'refused'
      }
    }
    const style = document.createElement('style')
    style.textContent = 'body { display: none }'
    document.head.append(style)
    return {
      script: await settled(() => (document.createElement('script').textContent = 'globalThis.wasRun = true')),
      style: getComputedStyle(document.body).display === 'none' ? 'allowed' : 'refused',
      html: await settled(() => (document.createElement('div').innerHTML = '<img src=x>')),
      fetch: await settled(() => fetch('http://127.0.0.1:9/')),
      clipboard: await settled(() => navigator.clipboard.readText()),
    }
  })
  expect(outcome).toEqual({ script: 'refused', style: 'refused', html: 'refused', fetch: 'refused', clipboard: 'refused' })
  await window.evaluate(() => void open('https://example.invalid/'))
  await window.evaluate(() => void open('file:///etc/passwd'))
  await expect.poll(() => electron.windows().length).toBe(1)
  expect(window.url()).toBe(url)
  // The web page goes to the user's browser, the file nowhere.
  if (isStandIn) await expect.poll(() => callsOf(electron, 'shell.openExternal')).toEqual(['https://example.invalid/'])
  await expect.poll(() => electron.windows().length).toBe(1)
})

test('a page that dies is loaded again and says so; Docker goes on', async ({ home }) => {
  const { electron, window } = await home.launch()
  await untilLive(window)
  const read = () =>
    electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.executeJavaScript("document.body.innerText + (document.querySelector('.engine-bar .icon-button') ? ' LIVE' : '')") as Promise<string>).catch(() => '')
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer())
  await expect.poll(read, { timeout: 15_000 }).toMatch(/was loaded again[\s\S]*LIVE/)
})

inside('the tray and the menu bar follow the state and the language, and do what they say', async ({ home }) => {
  const { electron, window } = await home.launch()
  await untilLive(window)
  expect(await seeTray(electron)).toMatchObject({ toolTip: 'Cove · Docker is off', lines: ['Docker is off', 'Start Docker', 'Open Cove', 'Settings…', 'Quit Cove'] })
  await clickTray(electron, 'settings')
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('Settings')
  await electron.evaluate(({ Menu }) => Menu.getApplicationMenu()!.getMenuItemById('disk')!.click())
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('Disk')
  const { api } = await home.connect()
  await api.setting.set({ name: 'desktop.language', value: 'ko' })
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('디스크')
  expect((await seeTray(electron)).lines).toContain('Docker 시작')
})

inside('links and files are handed to the system only when they are what they should be', async ({ home }) => {
  const { electron, window } = await home.launch()
  await untilLive(window)
  await window.evaluate(() => ['https://docs.docker.com/', 'file:///etc/passwd', 'javascript:alert(1)'].forEach((url) => (globalThis as unknown as Bridged).cove.openExternal(url)))
  await window.evaluate(() => (globalThis as unknown as Bridged).cove.copy('copied text'))
  await expect.poll(() => electron.evaluate(({ clipboard }) => clipboard.readText())).toBe('copied text')
  expect(await callsOf(electron, 'shell.openExternal')).toEqual(['https://docs.docker.com/'])
})

test('open at login writes an entry for this system and takes it back', async ({ home }) => {
  test.skip(process.platform !== 'linux', 'an autostart file is Linux’s way')
  const { window } = await home.launch()
  await untilLive(window)
  const file = join(dirname(home.paths.home), '.config', 'autostart', 'cove.desktop')
  await window.evaluate(() => (location.hash = '#/settings'))
  const toggle = window.getByRole('switch', { name: 'Open at login' })
  await toggle.check()
  await expect.poll(() => existsSync(file)).toBe(true)
  expect(readFileSync(file, 'utf8')).toContain('--hidden')
  await toggle.uncheck()
  await expect.poll(() => existsSync(file)).toBe(false)
})
