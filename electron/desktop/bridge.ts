import { join } from 'node:path'
import { app, BrowserWindow, clipboard, dialog, ipcMain, shell, type IpcMainEvent, type IpcMainInvokeEvent, type OpenDialogOptions } from 'electron'
import { channels } from './channels.ts'
import { contentOrigin } from './content-rules.ts'
import { openExternal } from './guard.ts'

/** What the rest of the app does for the window. */
export interface BridgeActions {
  onReady(window: BrowserWindow): void
  reconnect(): void
  quit(): void
}

/** Answers the window's preload script; words of any other page are not heard. */
export function answerBridge(actions: BridgeActions): void {
  listen(channels.ready, (event) => {
    const window = BrowserWindow.fromWebContents(event.sender)
    if (window) actions.onReady(window)
  })
  listen(channels.reconnect, () => actions.reconnect())
  listen(channels.quit, () => actions.quit())
  listen(channels.copy, (_event, text) => typeof text === 'string' && clipboard.writeText(text))
  listen(channels.openExternal, (_event, url) => typeof url === 'string' && openExternal(url))
  listen(channels.showInFolder, (_event, path) => typeof path === 'string' && shell.showItemInFolder(path))
  ipcMain.handle(channels.chooseSavePath, async (event, name: unknown) => {
    if (!isOwnPage(event)) return null
    const window = BrowserWindow.fromWebContents(event.sender)
    const suggested = join(app.getPath('downloads'), String(name).replaceAll(/[/\\:]/g, '-'))
    const { canceled, filePath } = await dialog.showSaveDialog(...(window ? [window] : []) as [BrowserWindow], { defaultPath: suggested })
    return canceled || filePath === '' ? null : filePath
  })
  ipcMain.handle(channels.chooseFiles, (event) => choose(event, ['openFile', 'multiSelections']))
  ipcMain.handle(channels.chooseFolder, async (event) => (await choose(event, ['openDirectory', 'createDirectory']))[0] ?? null)
}

/** What the user chooses in the system's dialog; nothing when it is another page that asks. */
async function choose(event: IpcMainInvokeEvent, properties: OpenDialogOptions['properties'] & object): Promise<string[]> {
  if (!isOwnPage(event)) return []
  const window = BrowserWindow.fromWebContents(event.sender)
  const { canceled, filePaths } = await dialog.showOpenDialog(...(window ? [window] : []) as [BrowserWindow], { properties })
  return canceled ? [] : filePaths
}

function listen(channel: string, listener: (event: IpcMainEvent, value: unknown) => unknown): void {
  ipcMain.on(channel, (event, value: unknown) => {
    if (isOwnPage(event)) listener(event, value)
  })
}

function isOwnPage(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return event.senderFrame?.url.startsWith(`${contentOrigin}/`) === true
}
