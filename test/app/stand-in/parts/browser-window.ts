import { EventEmitter } from 'node:events'
import { electronEvent } from '../electron-event.ts'
import type { StandIn } from '../stand-in.ts'
import { WebContents } from './web-contents.ts'

/** The options of a window that the stand-in heeds. */
export interface WindowOptions {
  x?: number
  y?: number
  width?: number
  height?: number
  title?: string
  show?: boolean
  webPreferences?: { preload?: string; additionalArguments?: string[] }
}

type Shape = 'normal' | 'minimized' | 'maximized' | 'fullscreen'

/** What all windows share. */
interface Shared {
  standIn?: StandIn
  windows: Map<number, BrowserWindow>
  focused: BrowserWindow | undefined
  count: number
}
const shared: Shared = { windows: new Map(), focused: undefined, count: 0 }

/** Electron's BrowserWindow: a window of headless Chromium; where it stands on a screen is only remembered. */
export class BrowserWindow extends EventEmitter {
  readonly id = ++shared.count
  readonly options: WindowOptions
  readonly webContents: WebContents
  /** Settles when the page can be told something. */
  readonly opened: Promise<void>
  targetId = ''
  #bounds: { x: number; y: number; width: number; height: number }
  #shape: Shape = 'normal'
  #isVisible: boolean
  #isClosed = false
  #wasLoaded = false

  constructor(options: WindowOptions = {}) {
    super()
    const standIn = shared.standIn!
    this.options = options
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 }
    this.#isVisible = options.show !== false
    this.webContents = new WebContents(this, standIn)
    shared.windows.set(this.id, this)
    this.opened = this.#open(standIn)
    this.opened.catch((error: unknown) => console.error('stand-in window:', error))
    standIn.app.emit('browser-window-created', electronEvent(), this)
    standIn.app.emit('web-contents-created', electronEvent(), this.webContents)
  }

  static use(standIn: StandIn): void {
    shared.standIn = standIn
  }

  static getAllWindows(): BrowserWindow[] {
    return [...shared.windows.values()]
  }

  static getFocusedWindow(): BrowserWindow | null {
    return shared.focused ?? null
  }

  static fromWebContents(contents: WebContents): BrowserWindow | null {
    return contents.window
  }

  static fromTarget(targetId: string): BrowserWindow | undefined {
    return BrowserWindow.getAllWindows().find((window) => window.targetId === targetId)
  }

  async #open({ chromium, isUp }: StandIn): Promise<void> {
    await isUp
    const { width, height } = this.#bounds
    const target = await chromium.send('Target.createTarget', { url: 'about:blank', newWindow: true, width, height })
    this.targetId = target.targetId as string
    const { sessionId } = await chromium.send('Target.attachToTarget', { targetId: this.targetId, flatten: true })
    await Promise.all([this.webContents.attach(sessionId as string, this.targetId), this.#resize()])
  }

  async #resize(): Promise<void> {
    const { chromium } = shared.standIn!
    const { windowId } = await chromium.send('Browser.getWindowForTarget', { targetId: this.targetId })
    const { width, height } = this.#bounds
    await chromium.send('Browser.setContentsSize', { windowId, width, height }).catch(() => undefined)
  }

  pageLoaded(): void {
    if (this.#wasLoaded) return
    this.#wasLoaded = true
    this.emit('ready-to-show')
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }

  show(): void {
    if (!this.#isVisible) {
      this.#isVisible = true
      this.emit('show')
    }
    this.focus()
  }

  hide(): void {
    this.#isVisible = false
    this.emit('hide')
  }

  isVisible(): boolean {
    return this.#isVisible
  }

  focus(): void {
    if (shared.focused === this) return
    shared.focused?.emit('blur')
    shared.focused = this
    this.emit('focus')
  }

  isFocused(): boolean {
    return shared.focused === this
  }

  maximize(): void {
    this.#take('maximized', 'maximize')
  }

  unmaximize(): void {
    this.#take('normal', 'unmaximize')
  }

  minimize(): void {
    this.#take('minimized', 'minimize')
  }

  restore(): void {
    this.#take('normal', 'restore')
  }

  #take(shape: Shape, event: string): void {
    if (this.#shape === shape) return
    this.#shape = shape
    this.emit(event)
  }

  isMaximized(): boolean {
    return this.#shape === 'maximized'
  }

  isMinimized(): boolean {
    return this.#shape === 'minimized'
  }

  getBounds(): { x: number; y: number; width: number; height: number } {
    return { ...this.#bounds }
  }

  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    return this.getBounds()
  }

  setBounds(bounds: Partial<{ x: number; y: number; width: number; height: number }>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
    this.opened.then(() => this.#resize()).catch(() => undefined)
    this.emit('resize')
  }

  isDestroyed(): boolean {
    return this.#isClosed
  }

  close(): void {
    const event = electronEvent()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }

  destroy(): void {
    if (this.#isClosed) return
    this.gone()
    this.opened.then(() => shared.standIn!.chromium.send('Target.closeTarget', { targetId: this.targetId })).catch(() => undefined)
  }

  /** Chromium has closed it, or is about to. */
  gone(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    shared.windows.delete(this.id)
    if (shared.focused === this) shared.focused = undefined
    this.webContents.destroyed()
    this.emit('closed')
    const { app } = shared.standIn!
    if (shared.windows.size > 0) return
    if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed')
    else app.quit()
  }
}
