import { MessageChannelMain, type WebContents } from 'electron'
import type { EngineLinkState } from '#contract/desktop-bridge.ts'
import { channels } from './channels.ts'
import type { EngineLink } from './engine-link.ts'
import { relayFrames } from './frame-relay.ts'

/** Gives one page a port to the engine, and another one whenever that is lost, until the page is gone. */
export class WindowLink implements Disposable {
  readonly #page: WebContents
  readonly #link: EngineLink
  readonly #gone = new AbortController()
  #isServing = false

  constructor(page: WebContents, link: EngineLink) {
    this.#page = page
    this.#link = link
    link.on('link', this.#tell)
    this.#tell(link.state)
  }

  readonly #tell = (state: EngineLinkState): void => {
    if (this.#page.isDestroyed()) return
    this.#page.send(channels.link, state)
    if (state.phase === 'connected') this.#serve().catch(() => undefined)
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return
    this.#isServing = true
    try {
      while (this.#link.state.phase === 'connected' && !this.#gone.signal.aborted) await this.#serveOnce()
    } finally {
      this.#isServing = false
    }
  }

  async #serveOnce(): Promise<void> {
    const socket = await this.#link.openFrames(this.#gone.signal)
    if (this.#gone.signal.aborted || this.#page.isDestroyed()) return socket.terminate()
    const { port1, port2 } = new MessageChannelMain()
    const end = (): void => socket.close()
    this.#gone.signal.addEventListener('abort', end, { once: true })
    this.#page.postMessage(channels.port, null, [port2])
    await relayFrames(socket, port1)
    this.#gone.signal.removeEventListener('abort', end)
  }

  [Symbol.dispose](): void {
    this.#gone.abort()
    this.#link.off('link', this.#tell)
  }
}
