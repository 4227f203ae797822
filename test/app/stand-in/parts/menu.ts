import { EventEmitter } from 'node:events'
import type { NativeImage } from './native-image.ts'

/** What a menu item is declared with. */
export interface ItemOptions {
  id?: string
  label?: string
  role?: string
  type?: string
  enabled?: boolean
  visible?: boolean
  checked?: boolean
  accelerator?: string
  submenu?: ItemOptions[]
  click?: () => void
}

/** Electron's MenuItem: what it says and does, without being drawn. */
export class MenuItem {
  readonly id: string | undefined
  readonly label: string
  readonly role: string | undefined
  readonly type: string
  readonly accelerator: string | undefined
  enabled: boolean
  visible: boolean
  readonly submenu: Menu | undefined
  readonly #click: (() => void) | undefined

  constructor(options: ItemOptions) {
    this.id = options.id
    this.role = options.role
    this.label = options.label ?? options.role ?? ''
    this.type = options.type ?? (options.submenu ? 'submenu' : 'normal')
    this.accelerator = options.accelerator
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.submenu = options.submenu && Menu.buildFromTemplate(options.submenu)
    this.#click = options.click
  }

  /** What a click of the user would do. */
  click(): void {
    if (this.enabled && this.visible) this.#click?.()
  }
}

/** Electron's Menu. */
export class Menu {
  static #application: Menu | null = null
  readonly items: MenuItem[]

  constructor(items: MenuItem[] = []) {
    this.items = items
  }

  static buildFromTemplate(template: ItemOptions[]): Menu {
    return new Menu(template.map((options) => new MenuItem(options)))
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
}

/** Electron's Tray: the icon, its words and menu, without being drawn. Tests find all of them as `electron.standIn.trays`. */
export class Tray extends EventEmitter {
  static readonly all = new Set<Tray>()
  image: NativeImage
  menu: Menu | undefined
  /** How often it was given a menu. */
  menus = 0
  toolTip = ''

  constructor(image: NativeImage) {
    super()
    if (image.isEmpty()) throw new Error('the tray has no image')
    this.image = image
    Tray.all.add(this)
  }

  setContextMenu(menu: Menu): void {
    this.menu = menu
    this.menus++
  }

  setToolTip(text: string): void {
    this.toolTip = text
  }

  setImage(image: NativeImage): void {
    this.image = image
  }

  destroy(): void {
    Tray.all.delete(this)
  }
}
