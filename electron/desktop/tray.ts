import { join } from 'node:path'
import { Menu, nativeImage, Tray } from 'electron'
import { stateKey, type MenuFacts } from './menu-tables.ts'
import { trayMenu } from './tray-menu.ts'

/** The icon in the system's tray or menu bar: its menu follows the engine's state and what runs. */
export class AppTray implements Disposable {
  readonly #tray: Tray
  #shown = ''

  constructor(iconsFolder: string, platform: NodeJS.Platform, onOpen: () => void) {
    const image = nativeImage.createFromPath(join(iconsFolder, platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'))
    if (platform === 'darwin') image.setTemplateImage(true)
    this.#tray = new Tray(image)
    // macOS opens the menu on a click.
    if (platform !== 'darwin') this.#tray.on('click', onOpen)
  }

  /** Shows the facts; a menu that would look the same is left alone, as it may be open. */
  show(facts: MenuFacts): void {
    const template = trayMenu(facts)
    const look = JSON.stringify(template)
    if (look === this.#shown) return
    this.#shown = look
    this.#tray.setToolTip(`Cove · ${facts.words(stateKey(facts.status))}`)
    this.#tray.setContextMenu(Menu.buildFromTemplate(template))
  }

  [Symbol.dispose](): void {
    this.#tray.destroy()
  }
}
