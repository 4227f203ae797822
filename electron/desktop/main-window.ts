import { join } from 'node:path'
import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { DesktopCommand, DesktopStart, Place } from '#contract/desktop-bridge.ts'
import { startArgument, channels } from './channels.ts'
import { contentPage } from './content-rules.ts'
import type { EngineLink } from './engine-link.ts'
import type { DesktopMemory } from './memory.ts'
import { showsPlace } from './shown-place.ts'
import { minimumSize, placeWindow } from './window-bounds.ts'
import { WindowLink } from './window-link.ts'

/** What the window is made with. */
export interface MainWindowOptions {
  memory: DesktopMemory
  link: EngineLink
  preload: string
  icon: string
  start(): DesktopStart
  /** Called when its page fails again and again. */
  onHopeless(): void
}

/** More failures of the page than this within a minute are a bug that reloading does not mend. */
const maxCrashes = 3
const crashSpanMs = 60_000
/** The page's background before it has painted. */
const paper = { light: '#fbfbfa', dark: '#17181a' } as const

/** The app's one window: made when it is first shown, made anew after it was closed. */
export class MainWindow {
  readonly #options: MainWindowOptions
  #window: BrowserWindow | undefined
  #link: WindowLink | undefined
  #waiting: DesktopCommand[] = []
  #crashes: number[] = []

  constructor(options: MainWindowOptions) {
    this.#options = options
  }

  /** Brings the window to the front, and does there what is asked. */
  show(command?: DesktopCommand): void {
    const window = (this.#window ??= this.#open())
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    if (command) this.tell(command)
  }

  /** Whether its page is at this place. */
  isAt(place: Place): boolean {
    const url = this.#window?.webContents.getURL() ?? ''
    return URL.canParse(url) && showsPlace(url, place)
  }

  /** Whether the user looks at this place now. */
  isShowing(place: Place): boolean {
    return this.#window?.isFocused() === true && this.isAt(place)
  }

  /** Asks something of the page, as soon as it listens. */
  tell(command: DesktopCommand): void {
    if (this.#window && this.#link) this.#window.webContents.send(channels.command, command)
    else this.#waiting.push(command)
  }

  /** The page listens: it gets its port and what it was asked meanwhile. */
  serve(window: BrowserWindow): void {
    if (window !== this.#window) return
    this.#link?.[Symbol.dispose]()
    this.#link = new WindowLink(window.webContents, this.#options.link)
    for (const command of this.#waiting.splice(0)) this.tell(command)
  }

  #open(): BrowserWindow {
    const { memory, start, preload, icon } = this.#options
    const { isMaximized, ...bounds } = placeWindow(memory.content.bounds, screen.getAllDisplays().map((display) => display.workArea))
    const window = new BrowserWindow({
      ...bounds,
      minWidth: minimumSize.width,
      minHeight: minimumSize.height,
      title: 'Cove',
      icon: join(icon),
      show: false,
      backgroundColor: nativeTheme.shouldUseDarkColors ? paper.dark : paper.light,
      titleBarStyle: process.platform === 'darwin' ? 'hiddenInset' : 'default',
      autoHideMenuBar: true,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
        additionalArguments: [startArgument + Buffer.from(JSON.stringify(start())).toString('base64')],
      },
    })
    if (isMaximized) window.maximize()
    window.on('close', () => this.#rememberBounds(window))
    window.on('closed', () => this.#closed())
    window.webContents.on('render-process-gone', (_event, { reason }) => reason !== 'clean-exit' && this.#crashed(window))
    window.loadURL(contentPage).catch(() => undefined)
    return window
  }

  #rememberBounds(window: BrowserWindow): void {
    void this.#options.memory.remember({ bounds: { ...window.getNormalBounds(), isMaximized: window.isMaximized() } })
  }

  #closed(): void {
    this.#unlink()
    this.#window = undefined
  }

  #unlink(): void {
    this.#link?.[Symbol.dispose]()
    this.#link = undefined
  }

  /** A page that died is loaded anew and says so; one that keeps dying is closed. */
  #crashed(window: BrowserWindow): void {
    this.#unlink()
    const now = Date.now()
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashSpanMs), now]
    if (this.#crashes.length > maxCrashes) {
      window.destroy()
      return this.#options.onHopeless()
    }
    this.#waiting.push({ type: 'crashed' })
    window.loadURL(contentPage).catch(() => undefined)
  }
}
