import { join } from 'node:path'
import { app, BrowserWindow, dialog, nativeTheme } from 'electron'
import type { DesktopCommand, DesktopStart, Place } from '#contract/desktop-bridge.ts'
import type { Status } from '#contract/state.ts'
import type { CovePaths } from '#base/paths.ts'
import { coveVersion } from '#base/version.ts'
import { showAppMenu } from './app-menu.ts'
import { dockerActions, type DockerActions } from './docker-actions.ts'
import { dockerConfigDir } from './docker-config-dir.ts'
import { DockerModel } from './docker-view.ts'
import { engineActions, type EngineActions } from './engine-actions.ts'
import { EngineLink } from './engine-link.ts'
import { openExternal } from './guard.ts'
import { setOpenAtLogin } from './login-item.ts'
import { MainWindow } from './main-window.ts'
import { canStart, type MenuActions, type MenuFacts } from './menu-tables.ts'
import type { DesktopMemory, Preferences } from './memory.ts'
import { Notifications } from './notifications.ts'
import { preferencesOf } from './preferences.ts'
import { chooseQuit } from './quit.ts'
import { NoticeBoard } from './show-notice.ts'
import { AppTray } from './tray.ts'
import { chooseLanguage, wordsOf, type Words } from './words.ts'

/** What the app is made of. */
export interface DesktopAppOptions {
  paths: CovePaths
  memory: DesktopMemory
  link: EngineLink
  /** Folder of the bundled main and preload. */
  programFolder: string
  iconsFolder: string
}

/** So much that changes in Docker is drawn at once: a project that comes up changes many times. */
const gatherMs = 200

/** The app: one window, one tray icon and the menus, all showing one status. It decides nothing about Docker. */
export class DesktopApp {
  readonly #options: DesktopAppOptions
  readonly #window: MainWindow
  readonly #tray: AppTray
  readonly #engine: EngineActions
  readonly #docker: DockerActions
  readonly #model = new DockerModel()
  readonly #notifications: Notifications
  /** A link that was followed before anything was known of Docker. */
  #followed: Place | undefined
  #gathering: NodeJS.Timeout | undefined
  #status: Status | null = null
  #hasSettings = false
  #hasBegun = false
  #isQuitting = false

  constructor(options: DesktopAppOptions) {
    this.#options = options
    const { memory, link, programFolder, iconsFolder } = options
    this.#window = new MainWindow({
      memory,
      link,
      preload: join(programFolder, 'preload.cjs'),
      icon: join(iconsFolder, 'app-256.png'),
      start: () => this.#start(),
      onHopeless: () => this.#tellFailure(this.#words('failed.window')),
    })
    this.#tray = new AppTray(iconsFolder, process.platform, () => this.#window.show())
    const onFailure = (message: string): void => this.#tellFailure(message)
    this.#engine = engineActions(link, onFailure)
    this.#docker = dockerActions({ api: () => link.api, words: () => this.#words, dockerConfigDir: dockerConfigDir(process.env, app.getPath('home')), onFailure })
    const board = new NoticeBoard(({ place }) => this.open(place))
    this.#notifications = new Notifications({ link, memory, words: () => this.#words, isShowing: (place) => this.#window.isShowing(place), show: board.show })
    link.on('status', (status) => this.#onStatus(status))
    link.on('link', ({ phase }) => phase === 'retrying' && this.#onLost())
    link.on('settings', (settings) => this.#onPreferences(preferencesOf(settings)))
    this.#followDocker(link)
    this.#show(null)
  }

  /** Brings the window up, at one place if it is named. */
  open(place?: Place): void {
    this.#window.show(place && { type: 'open', ...place })
  }

  /** Shows what a link names; a container may be named as docker does, as soon as it is known which one is meant. */
  follow(link: Place | undefined): void {
    this.#followed = undefined
    if (link?.screen !== 'containers' || link.part === undefined) return this.open(link)
    const part = this.#model.findContainer(link.part)
    if (part === undefined && this.#model.view === null) this.#followed = link
    this.open({ ...link, part: part ?? link.part })
  }

  /** Leads on from a container's name, which by now is known, unless somebody went elsewhere meanwhile. */
  #goOn(): void {
    const place = this.#followed
    this.#followed = undefined
    const part = place?.part === undefined ? undefined : this.#model.findContainer(place.part)
    if (place && part !== undefined && this.#window.isAt(place)) this.#window.tell({ type: 'open', ...place, part })
  }

  /** The window's page listens. */
  serve(window: BrowserWindow): void {
    this.#window.serve(window)
  }

  /** Asks what becomes of the vm (or leaves it as it is), then ends the app; the engine outlives it unless the vm is to stop. */
  async quit({ asks = true } = {}): Promise<void> {
    if (this.#isQuitting && asks) return
    this.#isQuitting = true
    const { memory, link } = this.#options
    const onQuit = asks ? memory.content.preferences.onQuit : 'keep'
    const { action, remember } = await chooseQuit(this.#status, onQuit, this.#words)
    if (action === 'cancel') return void (this.#isQuitting = false)
    if (remember) await link.api?.setting.set({ name: 'desktop.onQuit', value: action }).catch(() => undefined)
    if (action === 'stop') await link.api?.engine.shutdown({ keepVm: false }).catch(() => undefined)
    for (const window of BrowserWindow.getAllWindows()) window.close()
    await link[Symbol.asyncDispose]()
    await memory.settled()
    clearTimeout(this.#gathering)
    this.#notifications[Symbol.dispose]()
    this.#tray[Symbol.dispose]()
    app.exit(0)
  }

  get #words(): Words {
    return wordsOf(this.#language)
  }

  get #language(): DesktopStart['language'] {
    return chooseLanguage(this.#options.memory.content.preferences.language, app.getPreferredSystemLanguages())
  }

  #start(): DesktopStart {
    return {
      version: coveVersion,
      platform: process.platform,
      language: this.#language,
      lastStatus: this.#status ?? this.#options.memory.content.lastStatus,
      home: this.#options.paths.home,
      dockerConfigDir: dockerConfigDir(process.env, app.getPath('home')),
    }
  }

  #onStatus(status: Status): void {
    this.#show(status)
    if (status.step === null) void this.#options.memory.remember({ lastStatus: status })
    this.#begin()
  }

  /** Starts the vm once, as soon as it is known that it is off and that the user wants it. */
  #begin(): void {
    if (this.#hasBegun || !this.#hasSettings || !this.#status) return
    this.#hasBegun = true
    if (this.#options.memory.content.preferences.startVm && canStart(this.#status.state)) this.#engine.start()
  }

  #onPreferences(preferences: Preferences): void {
    const former = this.#options.memory.content.preferences
    void this.#options.memory.remember({ preferences })
    if (nativeTheme.themeSource !== preferences.theme) nativeTheme.themeSource = preferences.theme
    // Once in each run also what is so already: the program may have moved.
    if (former.startAtLogin !== preferences.startAtLogin || (preferences.startAtLogin && !this.#hasSettings)) setOpenAtLogin(preferences.startAtLogin).catch((error: unknown) => this.#tellFailure(String(error)))
    if (former.language !== preferences.language) this.#show(this.#status)
    this.#hasSettings = true
    this.#begin()
  }

  /** Keeps the tray's containers and projects; what did not change what it shows costs nothing more. */
  #followDocker(link: EngineLink): void {
    const follow = <T>(take: (item: T) => void) => (item: T): void => {
      take(item)
      if (this.#model.isChanged) this.#gathering ??= setTimeout(() => this.#showTray(), gatherMs)
    }
    link.on('containers', follow((change) => this.#model.takeContainers(change)))
    link.on('containers', () => this.#model.view && this.#goOn())
    link.on('projects', follow((change) => this.#model.takeProjects(change)))
    link.on('folders', follow((folders) => this.#model.takeFolders(folders)))
  }

  #onLost(): void {
    this.#model.clear()
    this.#show(null)
  }

  #show(status: Status | null): void {
    this.#status = status
    showAppMenu(this.#facts)
    this.#showTray()
  }

  #showTray(): void {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    this.#tray.show(this.#facts)
  }

  get #facts(): MenuFacts {
    return { words: this.#words, platform: process.platform, status: this.#status, docker: this.#model.view, actions: this.#menuActions }
  }

  get #menuActions(): MenuActions {
    const tell = (command: DesktopCommand) => (): void => this.#window.show(command)
    return {
      ...this.#engine,
      ...this.#docker,
      open: (place) => this.open(place),
      browse: openExternal,
      palette: tell({ type: 'palette' }),
      back: tell({ type: 'back' }),
      forward: tell({ type: 'forward' }),
      quit: () => void this.quit(),
    }
  }

  #tellFailure(message: string): void {
    // Not awaited: nothing follows it.
    void dialog.showMessageBox({ type: 'error', message: this.#words('failed.title'), detail: message })
  }
}
