import { Menu } from 'electron'
import { applicationMenu, type MenuFacts } from './menu-tables.ts'

/** Shows the menu bar; called again when what it shows has changed. */
export function showAppMenu(facts: MenuFacts): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(facts)))
}
