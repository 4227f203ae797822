import { join } from 'node:path'
import { Chromium, type Cdp } from './chromium.ts'
import { App } from './parts/app.ts'
import { BrowserWindow } from './parts/browser-window.ts'
import { IpcMain } from './parts/ipc-main.ts'
import { Menu, MenuItem, Tray } from './parts/menu.ts'
import { MessageChannelMain } from './parts/message-port.ts'
import { nativeImage } from './parts/native-image.ts'
import { NativeTheme } from './parts/native-theme.ts'
import { PortWires } from './parts/port-wire.ts'
import { Protocol } from './parts/protocol.ts'
import { answers, clipboard, dialog, Notification, powerMonitor, screen, session, shell } from './parts/recorders.ts'
import { recorded } from './record.ts'

/** The parts of the stand-in that know each other. */
export interface StandIn {
  app: App
  chromium: Chromium
  ipcMain: IpcMain
  protocol: Protocol
  wires: PortWires
  nativeTheme: NativeTheme
  /** Settles when Chromium takes orders. */
  isUp: Promise<void>
}

/** Builds the module that `import … from 'electron'` gets; `start` is called once the app has been loaded. */
export async function createElectron(appPath: string, debuggingPort: string | undefined, words: readonly string[]): Promise<{ electron: object; start: () => void }> {
  const up = Promise.withResolvers<void>()
  let chromium: Chromium | undefined
  const app = new App({ appPath, onOwned: startChromium, closeWindows, shutDown: () => shutDown(chromium) })
  const wires = new PortWires()
  const standIn: StandIn = {
    app,
    ipcMain: new IpcMain(),
    protocol: new Protocol(wires),
    wires,
    nativeTheme: new NativeTheme(),
    isUp: up.promise,
    get chromium() {
      if (!chromium) throw new Error('stand-in: a window before the app is ready')
      return chromium
    },
  }
  BrowserWindow.use(standIn)
  await standIn.protocol.listen()
  // As Electron's, which runs before the app's first line: as soon as it is known whose profile it uses, while the app is loaded.
  function startChromium(): void {
    if (chromium) return
    app.commandLine.isRead = true
    const switches = [...app.commandLine.switches].map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`))
    switches.push(...words, standIn.protocol.chromiumSwitch)
    chromium = new Chromium({ profile: join(app.getPath('userData'), 'chromium'), debuggingPort, switches })
    chromium.on('exit', () => app.exit(1))
    watchTargets(chromium)
    chromium.send('Target.setDiscoverTargets', { discover: true }).then(() => up.resolve(), up.reject)
  }
  const start = (): void => {
    if (app.isQuitting) return
    startChromium()
    app.becomeReady()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())
  process.on('exit', () => chromium?.process.kill('SIGKILL'))
  const { ipcMain, protocol, nativeTheme } = standIn
  const parts = { app, BrowserWindow, ipcMain, protocol, nativeTheme, MessageChannelMain, Menu, MenuItem, Tray, nativeImage, Notification, powerMonitor }
  const tests = { standIn: { calls: recorded, trays: Tray.all, notifications: Notification.shown, answers } }
  return { electron: { ...parts, dialog, shell, clipboard, session, screen, ...tests }, start }
}

function closeWindows(): boolean {
  for (const window of BrowserWindow.getAllWindows()) window.close()
  return BrowserWindow.getAllWindows().length === 0
}

/** Windows that Chromium closes, and pages that a page opens. */
function watchTargets(chromium: Chromium): void {
  const handled = new Set<string>()
  const look = ({ targetInfo: { type, targetId, openerId, url } }: Cdp): void => {
    const opener = type === 'page' && openerId !== undefined ? BrowserWindow.fromTarget(openerId as string) : undefined
    if (!opener || url === '' || handled.has(targetId as string)) return
    handled.add(targetId as string)
    opener.webContents.opened(targetId as string, url as string).catch(() => undefined)
  }
  chromium.on('Target.targetCreated', look)
  chromium.on('Target.targetInfoChanged', look)
  chromium.on('Target.targetDestroyed', ({ targetId }) => BrowserWindow.fromTarget(targetId as string)?.gone())
}

/** Ends Chromium: asked first, then killed. */
function shutDown(chromium: Chromium | undefined): Promise<void> {
  if (!chromium || chromium.process.exitCode !== null) return Promise.resolve()
  const ended = Promise.withResolvers<void>()
  chromium.on('exit', () => ended.resolve())
  chromium.send('Browser.close').catch(() => undefined)
  setTimeout(() => chromium.process.kill('SIGKILL'), 2000).unref()
  return ended.promise
}
