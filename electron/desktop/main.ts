import { join } from 'node:path'
import { app, dialog, nativeTheme } from 'electron'
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
  app.on('second-instance', (_event, words) => desktop.open(findDeepLink(words)))
  app.on('open-url', (_event, url) => desktop.open(readDeepLink(url)))
  app.on('activate', () => desktop.open())
  // Closing the window is not quitting: the tray icon stays.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', (event) => {
    event.preventDefault()
    void desktop.quit()
  })
  obeyDevelopment(() => desktop.quit({ asks: false }))
  if (app.isPackaged) app.setAsDefaultProtocolClient(deepLinkScheme)
  if (!process.argv.includes('--hidden')) desktop.open(findDeepLink(process.argv))
  link.dial()
}

// Not awaited here: Electron is ready only after this module has been evaluated.
if (app.requestSingleInstanceLock()) {
  run().catch((error: unknown) => {
    dialog.showErrorBox('Cove', toCoveError(error).message)
    app.exit(1)
  })
} else app.exit(0)
