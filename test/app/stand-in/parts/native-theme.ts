import { EventEmitter } from 'node:events'
import { BrowserWindow } from './browser-window.ts'
import type { WebContents } from './web-contents.ts'

/** Electron's `nativeTheme`; a system has the light theme here. */
export class NativeTheme extends EventEmitter {
  #source: 'system' | 'light' | 'dark' = 'system'

  get themeSource(): 'system' | 'light' | 'dark' {
    return this.#source
  }

  set themeSource(source: 'system' | 'light' | 'dark') {
    this.#source = source
    for (const window of BrowserWindow.getAllWindows()) void window.opened.then(() => this.apply(window.webContents)).catch(() => undefined)
    setImmediate(() => this.emit('updated'))
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'
  }

  /** Shows a page the theme. */
  async apply(contents: WebContents): Promise<void> {
    if (contents.session === undefined) return
    const value = this.shouldUseDarkColors ? 'dark' : 'light'
    await contents.command('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] })
  }
}
