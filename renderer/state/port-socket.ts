import type { PortControl } from '#contract/desktop-bridge.ts'

/** How many frames are taken before the desktop is told, which then lets the engine send more. */
const tellEvery = 32

/** A port to the engine in the shape of the WebSocket that oRPC's link wants: frames are text, one per message. */
export class PortSocket extends EventTarget {
  readonly #port: MessagePort
  #taken = 0
  readyState: number = WebSocket.OPEN

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.addEventListener('message', (event: MessageEvent<unknown>) => this.#hear(event.data))
    // The desktop's process is gone, or has closed its end.
    port.addEventListener('close', () => this.#end())
    port.start()
  }

  send(frame: string): void {
    this.#port.postMessage(frame)
  }

  #hear(data: unknown): void {
    if (typeof data !== 'string') return this.#end()
    this.dispatchEvent(new MessageEvent('message', { data }))
    if (++this.#taken < tellEvery) return
    this.#port.postMessage({ type: 'taken', frames: this.#taken } satisfies PortControl)
    this.#taken = 0
  }

  #end(): void {
    if (this.readyState === WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.#port.close()
    this.dispatchEvent(new Event('close'))
  }
}
