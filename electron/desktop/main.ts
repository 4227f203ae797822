import { join } from 'node:path'
import { app, dialog, nativeTheme, powerMonitor } from 'electron'
import type { Place } from '#contract/desktop-bridge.ts'
import { toCoveError } from '#contract/errors.ts'
import { covePaths } from '#base/paths.ts'
import { answerBridge } from './bridge.ts'
import { declareContentScheme, serveContent } from './content.ts'
import { obeyDevelopment } from './development.ts'
import { deepLinkScheme, findDeepLink, readDeepLink } from './deep-link.ts'
import { DesktopApp } from './desktop-app.ts'
import { EngineLink } from './engine-link.ts'
import { engineProgram } from './engine-program.ts'
import { guardContents } from './guard.ts'
import { hiddenWord } from './login-item.ts'
import { DesktopMemory } from './memory.ts'

const paths = covePaths()
const memory = new DesktopMemory(paths)

app.setName('Cove')
// Below COVE_HOME: one app per home, and a reset takes everything.
app.setPath('userData', paths.desktopDir)
// Windows shows notifications only for an app that it knows by name; scripts/package/config.ts.
if (process.platform === 'win32') app.setAppUserModelId('dev.cove.app')
app.enableSandbox()
declareContentScheme()

/** Everything after Electron is ready; the window comes first, the engine while it loads. */
async function run(): Promise<void> {
  await app.whenReady()
  nativeTheme.themeSource = memory.content.preferences.theme
  guardContents()
  serveContent(join(app.getAppPath(), 'dist', 'renderer'))
  const { platform, resourcesPath } = process
  const link = new EngineLink({ paths, ...engineProgram({ isPackaged: app.isPackaged, resourcesPath, appPath: app.getAppPath(), platform }) })
  const iconsFolder = join(app.getAppPath(), 'resources', 'icons')
  const desktop = new DesktopApp({ paths, memory, link, programFolder: import.meta.dirname, iconsFolder })
  answerBridge({ onReady: (window) => desktop.serve(window), reconnect: () => link.dial(), quit: () => void desktop.quit() })
  // At log-in nobody asked to see it.
  app.on('second-instance', (_event, words) => !words.includes(hiddenWord) && desktop.follow(findDeepLink(words)))
  onLink = (url) => desktop.follow(readDeepLink(url))
  app.on('activate', () => desktop.open())
  // Closing the window is not quitting: the tray icon stays.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', (event) => {
    event.preventDefault()
    void desktop.quit()
  })
  obeyDevelopment(() => desktop.quit({ asks: false }))
  if (app.isPackaged) app.setAsDefaultProtocolClient(deepLinkScheme)
  powerMonitor.on('shutdown', () => void desktop.quit({ asks: false }))
  const first = earlyLink ?? findDeepLink(process.argv)
  if (first || !process.argv.includes(hiddenWord)) desktop.follow(first)
  link.dial()
}

// macOS tells of the link that an app was opened with before it is ready.
let earlyLink: Place | undefined
let onLink = (url: string): void => void (earlyLink = readDeepLink(url))
app.on('open-url', (event, url) => {
  event.preventDefault()
  onLink(url)
})

// Not awaited here: Electron is ready only after this module has been evaluated.
if (app.requestSingleInstanceLock()) {
  run().catch((error: unknown) => {
    dialog.showErrorBox('Cove', toCoveError(error).message)
    app.exit(1)
  })
} else app.exit(0)
