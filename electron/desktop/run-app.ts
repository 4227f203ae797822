import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { app, dialog, nativeTheme, powerMonitor } from 'electron'
import type { Place } from '#contract/desktop-bridge.ts'
import { toCoveError } from '#contract/errors.ts'
import type { CovePaths } from '#base/paths.ts'
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
import { chooseLanguage, wordsOf } from './words.ts'

/** A page that does not come up keeps the engine waiting no longer than this. */
const pageLimitMs = 3000
/** Until what was compiled is written for the next start: by then there is nothing else to do. */
const flushAfterMs = 20_000

/** Runs the app, of which this is the only one. Not awaited: Electron is ready only after its main module has been evaluated. */
export function runApp(paths: CovePaths): void {
  declareContentScheme()
  const links = followLinks()
  run(paths, links).catch((error: unknown) => {
    // Electron knows the system's languages only once it is ready.
    const languages = app.isReady() ? app.getPreferredSystemLanguages() : [Intl.DateTimeFormat().resolvedOptions().locale]
    dialog.showErrorBox(wordsOf(chooseLanguage('system', languages))('failed.start'), toCoveError(error).message)
    app.exit(1)
  })
}

/** The links that the system hands over: macOS tells of the one that an app was opened with before it is ready. */
interface Links {
  early: Place | undefined
  follow(url: string): void
}

function followLinks(): Links {
  const links: Links = { early: undefined, follow: (url) => void (links.early = readDeepLink(url)) }
  app.on('open-url', (event, url) => {
    event.preventDefault()
    links.follow(url)
  })
  return links
}

/** Everything after Electron is ready; the window comes first, the engine when it is there. */
async function run(paths: CovePaths, links: Links): Promise<void> {
  const memory = new DesktopMemory(paths)
  await app.whenReady()
  nativeTheme.themeSource = memory.content.preferences.theme
  guardContents()
  serveContent(join(app.getAppPath(), 'dist', 'renderer'))
  const { platform, resourcesPath } = process
  const link = new EngineLink({ paths, ...engineProgram({ isPackaged: app.isPackaged, resourcesPath, appPath: app.getAppPath(), platform }) })
  const iconsFolder = join(app.getAppPath(), 'resources', 'icons')
  const desktop = new DesktopApp({ paths, memory, link, programFolder: import.meta.dirname, iconsFolder })
  const page = Promise.withResolvers<void>()
  answerBridge({ onReady: (window) => (desktop.serve(window), page.resolve()), reconnect: () => link.dial(), quit: () => void desktop.quit() })
  // At log-in nobody asked to see it.
  app.on('second-instance', (_event, words) => !words.includes(hiddenWord) && desktop.follow(findDeepLink(words)))
  links.follow = (url) => desktop.follow(readDeepLink(url))
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
  const first = links.early ?? findDeepLink(process.argv)
  setTimeout(() => flushCompileCache(), flushAfterMs).unref()
  if (!first && process.argv.includes(hiddenWord)) return link.dial()
  desktop.follow(first)
  // An engine that starts takes the processor that the page needs.
  const giveUp = setTimeout(() => page.resolve(), pageLimitMs)
  await page.promise
  clearTimeout(giveUp)
  link.dial()
}
