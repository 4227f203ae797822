import type { MenuItemConstructorOptions } from 'electron'
import { expect, test } from 'vitest'
import { applicationMenu } from '#desktop/menu-tables.ts'
import { menuFacts as facts, offered } from './menu-facts.ts'

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
