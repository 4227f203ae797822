import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { app } from 'electron'
import writeFileAtomic from 'write-file-atomic'
import { makeFolder } from '#base/folder.ts'
import { autostartEntry } from './autostart-entry.ts'

/** The word with which the app opens in the tray alone. */
export const hiddenWord = '--hidden'

/** Makes the app open at log-in, hidden in the tray, or undoes it. */
export async function setOpenAtLogin(wanted: boolean): Promise<void> {
  if (process.platform !== 'linux') return app.setLoginItemSettings({ openAtLogin: wanted, args: [hiddenWord] })
  const folder = join(process.env['XDG_CONFIG_HOME'] || join(app.getPath('home'), '.config'), 'autostart')
  const file = join(folder, 'cove.desktop')
  if (!wanted) return rm(file, { force: true })
  // An AppImage runs from a place that is gone with it.
  const words = app.isPackaged ? [process.env['APPIMAGE'] || process.execPath] : [process.execPath, app.getAppPath()]
  const entry = autostartEntry([...words, hiddenWord])
  if (existsSync(file) && readFileSync(file, 'utf8') === entry) return
  makeFolder(folder)
  await writeFileAtomic(file, entry)
}
