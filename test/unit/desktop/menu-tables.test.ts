import type { MenuItemConstructorOptions } from 'electron'
import { expect, test } from 'vitest'
import { engineStates, type Status } from '#contract/state.ts'
import { applicationMenu, trayMenu, type MenuActions, type MenuFacts } from '#desktop/menu-tables.ts'
import { wordsOf } from '#desktop/words.ts'
import { FakeParts } from '../engine/life/fake-parts.ts'

const nothing = (): void => undefined
const actions: MenuActions = { open: nothing, palette: nothing, back: nothing, forward: nothing, start: nothing, stop: nothing, restart: nothing, sleep: nothing, quit: nothing }

function facts(state: Status['state'] | null, platform: NodeJS.Platform = 'linux'): MenuFacts {
  const status = state === null ? null : { ...new FakeParts().machine.status, state }
  return { words: wordsOf('en'), actions, platform, status }
}

/** Labels of what can be clicked. */
function offered(items: MenuItemConstructorOptions[]): string[] {
  return items.flatMap(({ label, enabled, visible, submenu }) => [
    ...(label !== undefined && enabled !== false && visible !== false && !submenu ? [label] : []),
    ...(Array.isArray(submenu) ? offered(submenu) : []),
  ])
}

test('the tray offers what makes sense in each state', () => {
  const all = Object.fromEntries([...engineStates, null].map((state) => [String(state), offered(trayMenu(facts(state)))]))
  const always = ['Open Cove', 'Settings…', 'Quit Cove']
  expect(all).toEqual({
    off: ['Start Docker', ...always],
    starting: ['Stop Docker', ...always],
    running: ['Stop Docker', 'Put Docker to sleep', 'Restart Docker', ...always],
    sleeping: ['Stop Docker', 'Wake Docker', ...always],
    waking: ['Stop Docker', ...always],
    stopping: always,
    failed: ['Start Docker', 'Open Cove', 'Something wrong?', 'Settings…', 'Quit Cove'],
    null: always,
  })
})

test('the menu bar has the same commands on every system, settings and quit where each expects them', () => {
  for (const platform of ['darwin', 'win32', 'linux'] as const) {
    const menu = applicationMenu(facts('running', platform))
    const labels = offered(menu)
    for (const label of ['Settings…', 'Quit Cove', 'Stop Docker', 'Restart Docker', 'Command palette…', 'Overview', 'Logs and diagnostics', 'About Cove']) {
      expect(labels.filter((each) => each === label), `${label} on ${platform}`).toHaveLength(1)
    }
    expect(menu[0]!.label).toBe(platform === 'darwin' ? 'Cove' : 'File')
  }
})

test('no two menu items share a key', () => {
  const keys = (items: MenuItemConstructorOptions[]): string[] => items.flatMap(({ accelerator, submenu }) => [...(accelerator === undefined ? [] : [String(accelerator)]), ...(Array.isArray(submenu) ? keys(submenu) : [])])
  for (const platform of ['darwin', 'linux'] as const) {
    const all = keys(applicationMenu(facts('running', platform)))
    expect(new Set(all).size).toBe(all.length)
  }
})
