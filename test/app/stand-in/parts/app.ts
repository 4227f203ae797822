import { spawnSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { electronEvent } from '../electron-event.ts'
import { record } from '../record.ts'

/** What the app object needs of the rest. */
export interface AppOptions {
  appPath: string
  /** The app knows where its data lies and that nobody else uses it. */
  onOwned(): void
  /** Tries to close every window; false when one refused. */
  closeWindows(): boolean
  /** Ends Chromium. */
  shutDown(): Promise<void>
}

/** Sends this program's words to the one that holds the lock, if any; exit code 0 when somebody took them. */
const askHolder = `const socket = require('net').connect(process.argv[1], () => socket.end(process.argv[2]));
socket.on('close', () => process.exit(0)); socket.on('error', () => process.exit(3))`

/** Electron's `app`. */
export class App extends EventEmitter {
  readonly commandLine = new CommandLine()
  readonly #options: AppOptions
  readonly #root = mkdtempSync(join(tmpdir(), 'cove-standin-'))
  readonly #ready = Promise.withResolvers<void>()
  readonly #paths = new Map<string, string>()
  #isReady = false
  #isQuitting = false
  #login = { openAtLogin: false }
  #name = 'Electron'

  constructor(options: AppOptions) {
    super()
    this.#options = options
    process.on('exit', () => rmSync(this.#root, { recursive: true, force: true }))
  }

  get isPackaged(): boolean {
    return false
  }

  /** Whether it ends. */
  get isQuitting(): boolean {
    return this.#isQuitting
  }

  get name(): string {
    return this.#name
  }

  /** What is to happen once everything is up. */
  becomeReady(): void {
    this.#isReady = true
    this.#ready.resolve()
    this.emit('ready', electronEvent(), {})
  }

  whenReady(): Promise<void> {
    return this.#ready.promise
  }

  isReady(): boolean {
    return this.#isReady
  }

  getAppPath(): string {
    return this.#options.appPath
  }

  getVersion(): string {
    return (JSON.parse(readFileSync(join(this.#options.appPath, 'package.json'), 'utf8')) as { version: string }).version
  }

  getName(): string {
    return this.#name
  }

  setName(name: string): void {
    this.#name = name
  }

  getPath(name: string): string {
    const known: Record<string, string> = { home: homedir(), temp: tmpdir(), exe: process.argv[0]! }
    return this.#paths.get(name) ?? known[name] ?? join(this.#root, name)
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }

  getLocale(): string {
    return this.getPreferredSystemLanguages()[0]!
  }

  getPreferredSystemLanguages(): string[] {
    return (process.env['COVE_STANDIN_LANGUAGES'] ?? 'en-GB').split(',')
  }

  /** A real lock between processes, as Electron's: per userData, and the second one's words arrive at the first. */
  requestSingleInstanceLock(data?: unknown): boolean {
    const socket = join(this.getPath('userData'), 'SingletonSocket')
    mkdirSync(this.getPath('userData'), { recursive: true })
    const words = JSON.stringify({ argv: process.argv, cwd: process.cwd(), data })
    // Who ends takes its socket along: mostly there is nobody to ask.
    if (existsSync(socket) && spawnSync(process.execPath, ['-e', askHolder, socket, words]).status === 0) return false
    rmSync(socket, { force: true })
    const server = createServer((client) => {
      let text = ''
      client.on('data', (chunk) => (text += String(chunk)))
      client.on('end', () => {
        const other = JSON.parse(text) as { argv: string[]; cwd: string; data: unknown }
        this.emit('second-instance', electronEvent(), other.argv, other.cwd, other.data)
      })
    })
    server.listen(socket).unref()
    process.on('exit', () => rmSync(socket, { force: true }))
    this.#options.onOwned()
    return true
  }

  quit(): void {
    if (this.#isQuitting) return
    const before = electronEvent()
    this.emit('before-quit', before)
    if (before.defaultPrevented || !this.#options.closeWindows()) return
    const will = electronEvent()
    this.emit('will-quit', will)
    if (!will.defaultPrevented) this.exit(0)
  }

  exit(code = 0): void {
    if (this.#isQuitting) return
    this.#isQuitting = true
    this.emit('quit', electronEvent(), code)
    void this.#options.shutDown().finally(() => process.exit(code))
  }

  setLoginItemSettings(settings: { openAtLogin: boolean }): void {
    this.#login = settings
    record('app.setLoginItemSettings', settings)
  }

  getLoginItemSettings(): { openAtLogin: boolean } {
    return this.#login
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    record('app.setAsDefaultProtocolClient', scheme)
    return true
  }

  enableSandbox(): void {}
  focus(): void {}
  setAboutPanelOptions(): void {}
}

class CommandLine {
  readonly switches = new Map<string, string>()
  /** Chromium was started with what is here. */
  isRead = false

  appendSwitch(name: string, value = ''): void {
    if (this.isRead) throw new Error(`stand-in: Chromium was started before the switch "${name}" was appended`)
    this.switches.set(name, value)
  }

  hasSwitch(name: string): boolean {
    return this.switches.has(name)
  }

  getSwitchValue(name: string): string {
    return this.switches.get(name) ?? ''
  }
}
