import type { MenuItemConstructorOptions } from 'electron'
import type { Status } from '#contract/state.ts'
import type { MenuFacts } from '#desktop/menu-tables.ts'
import { wordsOf } from '#desktop/words.ts'
import { FakeParts } from '../engine/life/fake-parts.ts'

/** What a menu of a test shows, its actions noted in `done`. */
export function menuFacts(state: Status['state'] | null, platform: NodeJS.Platform = 'linux', more: Partial<MenuFacts> & { done?: unknown[][] } = {}): MenuFacts {
  const { done = [], ...facts } = more
  const note = (name: string) => (...words: unknown[]): void => void done.push([name, ...words])
  const names = ['open', 'browse', 'palette', 'back', 'forward', 'start', 'stop', 'restart', 'sleep', 'quit', 'stopContainer', 'workOn'] as const
  const actions = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as MenuFacts['actions']
  const status = state === null ? null : { ...new FakeParts().machine.status, state }
  return { words: wordsOf('en'), actions, platform, status, docker: null, ...facts }
}

/** Labels of what can be clicked. */
export function offered(items: MenuItemConstructorOptions[]): string[] {
  return items.flatMap(({ label, enabled, visible, submenu }) => [
    ...(label !== undefined && enabled !== false && visible !== false && !submenu ? [label] : []),
    ...(Array.isArray(submenu) ? offered(submenu) : []),
  ])
}

/** A menu as text, an item a line, what it leads to indented. */
export function drawn(items: MenuItemConstructorOptions[], indent = ''): string[] {
  return items.flatMap(({ type, label, enabled, visible, submenu }) => [
    ...(visible === false ? [] : [`${indent}${type === 'separator' ? '---' : enabled === false ? `(${label})` : label}`]),
    ...(Array.isArray(submenu) ? drawn(submenu, `${indent}  `) : []),
  ])
}

/** Clicks the item with this id, as a user would. */
export function click(items: MenuItemConstructorOptions[], id: string): void {
  const find = (list: MenuItemConstructorOptions[]): MenuItemConstructorOptions | undefined =>
    list.flatMap((item) => (item.id === id ? [item] : Array.isArray(item.submenu) ? (find(item.submenu) ?? []) : []))[0]
  const item = find(items)
  if (!item?.click) throw new Error(`the menu has nothing to click with the id "${id}"`)
  ;(item.click as () => void)()
}
