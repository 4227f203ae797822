import { EventEmitter } from 'node:events'
import { record } from '../record.ts'

/** The answers that dialogs give, settable by tests as `electron.standIn.answers`. */
export const answers = {
  messageBox: { response: 0, checkboxChecked: false },
}

/** Electron's `dialog`: records what it was asked, and answers at once. */
export const dialog = {
  showMessageBox: (...args: unknown[]): Promise<typeof answers.messageBox> => {
    record('dialog.showMessageBox', args.at(-1))
    return Promise.resolve(answers.messageBox)
  },
  showSaveDialog: (...args: unknown[]): Promise<{ canceled: boolean; filePath: string }> => {
    record('dialog.showSaveDialog', args.at(-1))
    return Promise.resolve({ canceled: true, filePath: '' })
  },
  showOpenDialog: (...args: unknown[]): Promise<{ canceled: boolean; filePaths: string[] }> => {
    record('dialog.showOpenDialog', args.at(-1))
    return Promise.resolve({ canceled: true, filePaths: [] })
  },
  showErrorBox: (title: string, content: string): void => {
    record('dialog.showErrorBox', title, content)
    console.error(`${title}: ${content}`)
  },
}

/** Electron's `shell`, which opens nothing here. */
export const shell = {
  openExternal: (url: string): Promise<void> => Promise.resolve(record('shell.openExternal', url)),
  showItemInFolder: (path: string): void => record('shell.showItemInFolder', path),
}

let clip = ''
/** Electron's `clipboard`, of this process alone. */
export const clipboard = {
  readText: (): string => clip,
  writeText: (text: string): void => void (clip = text),
}

/** Electron's `session`: whoever answers requests for permission is kept for tests to ask. */
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler: unknown): void => record('session.setPermissionRequestHandler', handler),
    setPermissionCheckHandler: (handler: unknown): void => record('session.setPermissionCheckHandler', handler),
    setDevicePermissionHandler: (handler: unknown): void => record('session.setDevicePermissionHandler', handler),
  },
}

const display = { id: 1, scaleFactor: 1, bounds: { x: 0, y: 0, width: 1920, height: 1080 }, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }
/** Electron's `screen`: one display of 1920 × 1080. */
export const screen = { getPrimaryDisplay: () => display, getAllDisplays: () => [display] }

/** Electron's `Notification`, without being drawn: tests find all that were shown as `electron.standIn.notifications`, and click them. */
export class Notification extends EventEmitter {
  static readonly shown: Notification[] = []
  readonly title: string
  readonly body: string

  constructor({ title, body }: { title: string; body: string }) {
    super()
    this.title = title
    this.body = body
  }

  static isSupported(): boolean {
    return true
  }

  show(): void {
    Notification.shown.push(this)
  }
}

/** Electron's `powerMonitor`; tests emit what the system would. */
export const powerMonitor = new EventEmitter()
