import type { MenuItemConstructorOptions } from 'electron'
import type { DockerView, ShownContainer, ShownProject } from './docker-view.ts'
import { canStart, canStop, stateKey, type MenuFacts } from './menu-tables.ts'
import { menuText } from './menu-text.ts'

/** Of more containers or projects than this the window shows the others, and of more ports of one container. */
const most = { items: 20, ports: 8 } as const
const separator: MenuItemConstructorOptions = { type: 'separator' }

/** The tray's menu. */
export function trayMenu(facts: MenuFacts): MenuItemConstructorOptions[] {
  const { words, actions, status, docker } = facts
  const state = status?.state
  return [
    { id: 'state', label: words(stateKey(status)), enabled: false },
    ...(status?.docker ? [{ id: 'version', label: words('tray.version', { version: menuText(status.docker.version) }), enabled: false }] : []),
    separator,
    ...(state === 'running' && docker ? [...objectItems(facts, docker), separator] : []),
    { id: 'start', label: words('tray.start'), visible: !canStop(state), enabled: canStart(state), click: () => actions.start() },
    { id: 'stop', label: words('tray.stop'), visible: canStop(state), click: () => actions.stop() },
    { id: 'wake', label: words('tray.wake'), visible: state === 'sleeping', click: () => actions.start() },
    { id: 'sleep', label: words('tray.sleep'), visible: state === 'running', click: () => actions.sleep() },
    { id: 'restart', label: words('tray.restart'), visible: state === 'running', click: () => actions.restart() },
    separator,
    { id: 'open', label: words('tray.open'), click: () => actions.open() },
    ...(state === 'failed' ? [{ id: 'trouble', label: words('tray.trouble'), click: () => actions.open({ screen: 'trouble' }) }] : []),
    { id: 'settings', label: words('tray.settings'), click: () => actions.open({ screen: 'settings' }) },
    separator,
    { id: 'quit', label: words('tray.quit'), click: () => actions.quit() },
  ]
}

function objectItems(facts: MenuFacts, { containers, projects }: DockerView): MenuItemConstructorOptions[] {
  const { words } = facts
  const count = (list: readonly unknown[]): { count: string } => ({ count: String(list.length) })
  return [
    containers.length === 0
      ? { id: 'containers', label: words('tray.noContainers'), enabled: false }
      : { id: 'containers', label: words('tray.containers', count(containers)), submenu: capped(facts, 'containers', { objects: containers, draw: containerItem }) },
    ...(projects.length === 0 ? [] : [{ id: 'projects', label: words('tray.projects', count(projects)), submenu: capped(facts, 'projects', { objects: projects, draw: projectItem }) }]),
  ]
}

/** The first objects, and a way to the others. */
function capped<T>(facts: MenuFacts, screen: 'containers' | 'projects', { objects, draw }: { objects: readonly T[]; draw(facts: MenuFacts, object: T): MenuItemConstructorOptions }): MenuItemConstructorOptions[] {
  const items = objects.slice(0, most.items).map((object) => draw(facts, object))
  const others = objects.length - items.length
  if (others === 0) return items
  return [...items, separator, { id: `${screen}:more`, label: facts.words('tray.more', { count: String(others) }), click: () => facts.actions.open({ screen }) }]
}

function containerItem({ words, actions }: MenuFacts, { id, name, state, isUnhealthy, urls }: ShownContainer): MenuItemConstructorOptions {
  const mark = state === 'paused' ? words('tray.paused') : state === 'restarting' ? words('tray.restarting') : isUnhealthy ? words('tray.unhealthy') : undefined
  const ports = urls.slice(0, most.ports).map((url) => ({ id: `container:${id}:${url}`, label: words('tray.openPort', { address: menuText(url.replace(/^https?:\/\//, '')) }), click: () => actions.browse(url) }))
  return {
    id: `container:${id}`,
    label: `${menuText(name)}${mark === undefined ? '' : ` (${mark})`}`,
    submenu: [
      ...ports,
      ...(ports.length > 0 ? [separator] : []),
      { id: `container:${id}:logs`, label: words('tray.logs'), click: () => actions.open({ screen: 'containers', part: id, tab: 'logs' }) },
      { id: `container:${id}:stop`, label: words('tray.stopContainer'), click: () => actions.stopContainer(id) },
    ],
  }
}

function projectItem({ words, actions }: MenuFacts, project: ShownProject): MenuItemConstructorOptions {
  const { part, all, alive } = project
  const name = menuText(project.name)
  const id = `project:${part}`
  return {
    id,
    label: all === 0 ? name : words('tray.project', { name, alive: String(alive), all: String(all) }),
    submenu: [
      { id: `${id}:up`, label: words('tray.up'), click: () => actions.workOn(project, 'up') },
      ...(alive > 0 ? [{ id: `${id}:stop`, label: words('tray.stopProject'), click: () => actions.workOn(project, 'stop') }] : []),
      ...(all > 0 ? [{ id: `${id}:down`, label: words('tray.down'), click: () => actions.workOn(project, 'down') }] : []),
      separator,
      { id: `${id}:open`, label: words('tray.openProject'), click: () => actions.open({ screen: 'projects', part }) },
      ...(all > 0 ? [{ id: `${id}:logs`, label: words('tray.logs'), click: () => actions.open({ screen: 'projects', part, tab: 'logs' }) }] : []),
    ],
  }
}
