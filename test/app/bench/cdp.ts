import { once } from 'node:events'
import { WebSocket } from 'ws'

// oxlint-disable-next-line typescript/no-explicit-any -- CDP's shapes are described by Chromium, not by us
type Cdp = any

interface Answer {
  id?: number
  result?: Cdp
  error?: { message: string }
}

/**
 * One page of a running Chromium over CDP alone. Playwright is not used to measure: it holds pages visible and focused, and what it
 * does beside would be measured along.
 */
export class CdpPage implements AsyncDisposable {
  readonly #socket: WebSocket
  readonly #pending = new Map<number, PromiseWithResolvers<Cdp>>()
  #session: string | undefined
  #count = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString()) as Answer))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('Chromium ended'))
    })
  }

  /** Connects to a browser and takes its first page whose address is not blank. @throws Error when there is none in time. */
  static async connect(url: string, limitMs: number): Promise<CdpPage> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 30 })
    await once(socket, 'open')
    const page = new CdpPage(socket)
    const deadline = performance.now() + limitMs
    while (performance.now() < deadline) {
      const { targetInfos } = await page.#send('Target.getTargets')
      const found = (targetInfos as Cdp[]).find(({ type, url: address }) => type === 'page' && address !== 'about:blank')
      if (!found) continue
      page.#session = (await page.#send('Target.attachToTarget', { targetId: found.targetId, flatten: true })).sessionId as string
      return page
    }
    throw new Error(`no page was opened within ${limitMs / 1000} s`)
  }

  send(method: string, params: object = {}): Promise<Cdp> {
    return this.#send(method, params, this.#session)
  }

  /** Runs a function in the page, which sees nothing but its argument; resolves with what it gives. @throws Error with its own. */
  async run<T, A = undefined>(work: (given: A) => T | Promise<T>, given?: A): Promise<T> {
    const expression = `(${work.toString()})(${JSON.stringify(given) ?? ''})`
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails) throw new Error(String(exceptionDetails.exception?.description ?? exceptionDetails.text))
    return result.value as T
  }

  /** Presses a key as a person would; one character, or the name of a key without text. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {}
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...text })
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key })
  }

  /** Hides the window as minimizing it does, or shows it again. */
  async hide(isHidden: boolean): Promise<void> {
    const { windowId } = await this.send('Browser.getWindowForTarget')
    await this.send('Browser.setWindowBounds', { windowId, bounds: { windowState: isHidden ? 'minimized' : 'normal' } })
  }

  /** Ends the whole browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    const closed = once(this.#socket, 'close')
    this.#send('Browser.close').catch(() => undefined)
    await closed
  }

  #send(method: string, params: object = {}, sessionId?: string): Promise<Cdp> {
    const id = ++this.#count
    const answer = Promise.withResolvers<Cdp>()
    this.#pending.set(id, answer)
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }))
    return answer.promise
  }

  #hear({ id, result, error }: Answer): void {
    const answer = this.#pending.get(id ?? 0)
    if (!answer) return
    this.#pending.delete(id ?? 0)
    if (error) answer.reject(new Error(error.message))
    else answer.resolve(result)
  }
}
