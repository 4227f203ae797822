import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Cdp } from '../chromium.ts'
import { electronEvent } from '../electron-event.ts'
import { makeCodec } from '../page/codec.ts'
import type { FromPage, ToPage } from '../page/isolated-world.ts'
import { isolatedWorldScript, mainWorldScript } from '../page/scripts.ts'
import type { BrowserWindow } from './browser-window.ts'
import type { MessagePortMain } from './message-port.ts'
import type { Wire } from './port-wire.ts'
import type { StandIn } from '../stand-in.ts'

const codec = makeCodec()
let count = 0

/** Electron's WebContents: one page of Chromium, its preload in a real isolated world. */
export class WebContents extends EventEmitter {
  readonly id = ++count
  readonly window: BrowserWindow
  session: string | undefined
  readonly #standIn: StandIn
  readonly #secret = `cove${crypto.randomUUID().replaceAll('-', '')}`
  readonly #wires = new Set<Wire>()
  #context: number | undefined
  #frame = ''
  #url = ''
  #waiting: ToPage[] = []
  #isLive = false
  #isDestroyed = false
  #openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })

  constructor(window: BrowserWindow, standIn: StandIn) {
    super()
    this.window = window
    this.#standIn = standIn
  }

  get mainFrame(): { url: string } {
    return { url: this.#url }
  }

  /** Takes charge of a fresh target before anything is loaded in it. */
  async attach(session: string, targetId: string): Promise<void> {
    this.session = session
    // A page's first frame is named after its target.
    this.#frame = targetId
    const { chromium, protocol } = this.#standIn
    const on = (event: string, listener: (params: Cdp) => void): void => void chromium.on(`${session}:${event}`, listener)
    on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name === this.#secret && context.auxData.frameId === this.#frame) this.#context = context.id as number
    })
    on('Runtime.executionContextDestroyed', ({ executionContextId }) => executionContextId === this.#context && this.#leave())
    on('Runtime.executionContextsCleared', () => this.#leave())
    on('Runtime.bindingCalled', ({ payload }) => this.#hear(JSON.parse(payload as string) as FromPage))
    on('Page.frameNavigated', ({ frame }) => frame.parentId === undefined && this.#navigated(frame.url as string))
    on('Page.navigatedWithinDocument', ({ frameId, url }) => frameId === this.#frame && (this.#url = protocol.fromChromium(url as string)))
    on('Page.loadEventFired', () => this.#url !== 'about:blank' && this.#loaded())
    on('Inspector.targetCrashed', () => {
      this.#leave()
      this.emit('render-process-gone', electronEvent(), { reason: 'crashed', exitCode: 1 })
    })
    // All on their way before the first is answered: they are obeyed in this order.
    await Promise.all([
      this.command('Page.enable'),
      this.command('Runtime.enable'),
      this.command('Runtime.addBinding', { name: `${this.#secret}_post`, executionContextName: this.#secret }),
      this.#addScripts(),
      this.#standIn.nativeTheme.apply(this),
    ])
  }

  async #addScripts(): Promise<void> {
    const { preload, additionalArguments = [] } = this.window.options.webPreferences ?? {}
    const { platform, arch, versions, argv } = process
    const boot = { secret: this.#secret, portScript: this.#standIn.wires.scriptPath, platform, arch, versions: { ...versions }, argv: [argv[0]!, ...additionalArguments] }
    const add = (params: object): Promise<Cdp> => this.command('Page.addScriptToEvaluateOnNewDocument', params)
    await Promise.all([
      add({ source: mainWorldScript(this.#secret) }),
      ...(preload === undefined ? [] : [add({ worldName: this.#secret, source: isolatedWorldScript(boot, readFileSync(preload, 'utf8')) })]),
    ])
  }

  command(method: string, params: object = {}): Promise<Cdp> {
    return this.#standIn.chromium.send(method, params, this.session)
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed')
    this.#tell({ type: 'send', channel, args: codec.encode(args), ports: [] })
  }

  postMessage(channel: string, message: unknown, transfer: MessagePortMain[] = []): void {
    this.#tell({ type: 'send', channel, args: codec.encode([message]), ports: transfer.map((port) => this.#transfer(port)) })
  }

  /** Moves one end of a channel into the page: whoever holds the other end talks to the page from now on. */
  #transfer({ port }: MessagePortMain): string {
    const wire = this.#standIn.wires.offer(port, () => this.#wires.delete(wire))
    this.#wires.add(wire)
    return wire.path
  }

  #tell(message: ToPage): void {
    if (!this.#isLive) return void this.#waiting.push(message)
    const functionDeclaration = `function (message) { ${this.#secret}_hear(message) }`
    this.command('Runtime.callFunctionOn', { functionDeclaration, arguments: [{ value: message }], executionContextId: this.#context }).catch(() => undefined)
  }

  #hear(message: FromPage): void {
    if (message.type === 'ready') {
      this.#isLive = true
      for (const waiting of this.#waiting.splice(0)) this.#tell(waiting)
    } else this.#dispatch(message)
  }

  #dispatch(message: Extract<FromPage, { channel: string }>): void {
    const { ipcMain } = this.#standIn
    const event = electronEvent({ sender: this, senderFrame: this.mainFrame, ports: [] })
    const args = codec.decode(message.args) as unknown[]
    if (message.type === 'send') return void ipcMain.emit(message.channel, event, ...args)
    ipcMain.invoke(message.channel, event, args).then(
      (value) => this.#tell({ type: 'reply', id: message.id, value: codec.encode(value) }),
      (error: unknown) => this.#tell({ type: 'reply', id: message.id, error: `Error invoking remote method '${message.channel}': ${String(error)}` }),
    )
  }

  /** The document is gone, and with it every port it held. */
  #leave(): void {
    this.#isLive = false
    this.#context = undefined
    this.#waiting = []
    for (const wire of this.#wires) wire[Symbol.dispose]()
  }

  /** Navigation is seen only after the fact here; what is refused is undone. */
  #navigated(url: string): void {
    const former = this.#url
    this.#url = this.#standIn.protocol.fromChromium(url)
    if (former === '' || former === 'about:blank' || former === this.#url) return
    const event = electronEvent({ url: this.#url })
    this.emit('will-navigate', event, this.#url)
    if (event.defaultPrevented) this.loadURL(former).catch(() => undefined)
  }

  #loaded(): void {
    this.emit('did-finish-load', electronEvent())
    this.window.pageLoaded()
  }

  /** A page opened another one: allowed or closed again, as the handler says. */
  async opened(targetId: string, url: string): Promise<void> {
    if (this.#openHandler({ url }).action === 'deny') await this.#standIn.chromium.send('Target.closeTarget', { targetId })
  }

  async loadURL(url: string): Promise<void> {
    await this.window.opened
    const loaded = once(this, 'did-finish-load')
    const { errorText } = await this.command('Page.navigate', { url: this.#standIn.protocol.toChromium(url) })
    if (errorText !== undefined) throw new Error(`${String(errorText)} loading '${url}'`)
    await loaded
  }

  async executeJavaScript(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.command('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true })
    if (exceptionDetails) throw new Error(String(exceptionDetails.exception?.description ?? exceptionDetails.text))
    return result.value as unknown
  }

  forcefullyCrashRenderer(): void {
    this.command('Page.crash').catch(() => undefined)
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.#openHandler = handler
  }

  getURL(): string {
    return this.#url
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  reload(): void {
    this.command('Page.reload').catch(() => undefined)
  }

  destroyed(): void {
    this.#isDestroyed = true
    this.#leave()
    this.emit('destroyed')
  }
}
