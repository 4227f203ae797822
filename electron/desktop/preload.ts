import { contextBridge, ipcRenderer } from 'electron'
import { enginePortMessage, type DesktopBridge, type DesktopCommand, type DesktopStart, type EngineLinkState } from '#contract/desktop-bridge.ts'
import { channels, startArgument } from './channels.ts'

/** What the desktop put into this page's arguments. */
function readStart(): DesktopStart {
  const argument = process.argv.find((word) => word.startsWith(startArgument)) ?? ''
  const bytes = Uint8Array.from(atob(argument.slice(startArgument.length)), (char) => char.charCodeAt(0))
  return JSON.parse(new TextDecoder().decode(bytes)) as DesktopStart
}

const bridge: DesktopBridge = {
  start: readStart(),
  ready: () => ipcRenderer.send(channels.ready),
  onLink: (listener) => void ipcRenderer.on(channels.link, (_event, state: EngineLinkState) => listener(state)),
  onCommand: (listener) => void ipcRenderer.on(channels.command, (_event, command: DesktopCommand) => listener(command)),
  reconnect: () => ipcRenderer.send(channels.reconnect),
  copy: (text) => ipcRenderer.send(channels.copy, text),
  openExternal: (url) => ipcRenderer.send(channels.openExternal, url),
  chooseSavePath: (suggestedName) => ipcRenderer.invoke(channels.chooseSavePath, suggestedName) as Promise<string | null>,
  chooseFiles: () => ipcRenderer.invoke(channels.chooseFiles) as Promise<string[]>,
  chooseFolder: () => ipcRenderer.invoke(channels.chooseFolder) as Promise<string | null>,
  showInFolder: (path) => ipcRenderer.send(channels.showInFolder, path),
  quit: () => ipcRenderer.send(channels.quit),
}

// Ports do not pass contextBridge; a message of the window to itself carries them into the page.
ipcRenderer.on(channels.port, (event) => window.postMessage(enginePortMessage, '*', [...event.ports]))
contextBridge.exposeInMainWorld('cove', bridge)
