import type { MenuItemConstructorOptions } from 'electron'
import type { Place } from '#contract/desktop-bridge.ts'
import { phaseOf, type Phase } from '#contract/phase.ts'
import type { EngineState, Status } from '#contract/state.ts'
import type { DockerActions } from './docker-actions.ts'
import type { DockerView } from './docker-view.ts'
import type { EngineActions } from './engine-actions.ts'
import type { Words } from './words.ts'

/** What menu items do. */
export interface MenuActions extends EngineActions, DockerActions {
  open(place?: Place): void
  /** Opens a web page in the user's browser. */
  browse(url: string): void
  palette(): void
  back(): void
  forward(): void
  quit(): void
}

/** What the menus show. */
export interface MenuFacts {
  words: Words
  actions: MenuActions
  platform: NodeJS.Platform
  /** Null while the engine cannot be reached. */
  status: Status | null
  /** Null while Docker is away. */
  docker: DockerView | null
}

const separator: MenuItemConstructorOptions = { type: 'separator' }

/** The words for how Docker is, the same that the window has. */
export function stateKey(status: Status | null): `state.${Phase | 'unreachable'}` {
  return `state.${status ? phaseOf(status) : 'unreachable'}`
}

/** Whether the vm can be started now. */
export function canStart(state: EngineState | undefined): boolean {
  return state === 'off' || state === 'failed' || state === 'sleeping'
}

/** Whether the vm can be stopped now; stopping a start cancels it. */
export function canStop(state: EngineState | undefined): boolean {
  return state === 'running' || state === 'starting' || state === 'waking' || state === 'sleeping'
}

/** The application's menu bar. */
export function applicationMenu(facts: MenuFacts): MenuItemConstructorOptions[] {
  const { words, actions, platform } = facts
  const isMac = platform === 'darwin'
  const settings: MenuItemConstructorOptions = { id: 'settings', label: words('menu.settings'), accelerator: 'CmdOrCtrl+,', click: () => actions.open({ screen: 'settings' }) }
  const quit: MenuItemConstructorOptions = { id: 'quit', label: words('menu.quit'), accelerator: 'CmdOrCtrl+Q', click: () => actions.quit() }
  const about: MenuItemConstructorOptions = { role: 'about', label: words('menu.about') }
  return [
    ...(isMac ? [{ label: 'Cove', submenu: [about, separator, settings, separator, { role: 'hide' as const }, { role: 'hideOthers' as const }, separator, quit] }] : []),
    { label: words('menu.file'), submenu: [...(isMac ? [] : [settings]), { role: 'close', label: words('menu.close') }, ...(isMac ? [] : [separator, quit])] },
    { role: 'editMenu', label: words('menu.edit') },
    { label: words('menu.view'), submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, separator, { role: 'togglefullscreen' }] },
    goMenu(facts),
    dockerMenu(facts),
    { role: 'windowMenu', label: words('menu.window') },
    { role: 'help', label: words('menu.help'), submenu: [{ label: words('menu.logs'), click: () => actions.open({ screen: 'trouble' }) }, ...(isMac ? [] : [about])] },
  ]
}

function goMenu({ words, actions, platform }: MenuFacts): MenuItemConstructorOptions {
  const key = platform === 'darwin' ? 'Cmd' : 'Alt'
  const screens = ['overview', 'activity', 'disk', 'trouble'] as const
  return {
    label: words('menu.go'),
    submenu: [
      { id: 'back', label: words('menu.back'), accelerator: platform === 'darwin' ? 'Cmd+[' : 'Alt+Left', click: () => actions.back() },
      { id: 'forward', label: words('menu.forward'), accelerator: platform === 'darwin' ? 'Cmd+]' : 'Alt+Right', click: () => actions.forward() },
      separator,
      { id: 'palette', label: words('menu.palette'), accelerator: 'CmdOrCtrl+K', registerAccelerator: false, click: () => actions.palette() },
      separator,
      ...screens.map((screen, index) => ({ id: screen, label: words(`menu.${screen}`), accelerator: `${key}+${index + 1}`, click: () => actions.open({ screen }) })),
    ],
  }
}

function dockerMenu({ words, actions, status }: MenuFacts): MenuItemConstructorOptions {
  const state = status?.state
  return {
    label: words('menu.engine'),
    submenu: [
      { id: 'start', label: words('menu.start'), enabled: canStart(state), click: () => actions.start() },
      { id: 'stop', label: words('menu.stop'), enabled: canStop(state), click: () => actions.stop() },
      { id: 'sleep', label: words('menu.sleep'), enabled: state === 'running', click: () => actions.sleep() },
      { id: 'restart', label: words('menu.restart'), enabled: state === 'running', click: () => actions.restart() },
    ],
  }
}
