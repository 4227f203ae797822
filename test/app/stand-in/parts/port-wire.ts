import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'
import { WebSocketServer, type WebSocket } from 'ws'
import { makeCodec } from '../page/codec.ts'
import { portWorkerScript } from '../page/scripts.ts'

const codec = makeCodec()

/** A port that was moved into a page. Disposing closes it on both sides. */
export interface Wire extends Disposable {
  /** Where in the page's origin its messages are to be had. */
  path: string
}

/**
 * Carries the messages of ports that were moved into pages, over a socket of their own: a worker of the page holds its end, whose
 * script comes from the page's origin but not with the page's content policy. Not over CDP: the browser parses each message as JSON and
 * writes it anew, the page compiles it, and 2.4 MB of containers took 100 ms and more (Chromium 156), where Electron copies bytes.
 */
export class PortWires {
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 2 ** 30 })
  readonly #expected = new Map<string, (socket: WebSocket) => void>()
  /** The address of the worker's script; nobody else knows it. */
  readonly scriptPath = `/${crypto.randomUUID()}.js`
  readonly script = portWorkerScript()

  /** A port that a page takes by the path that is returned. */
  offer(port: MessagePort, onClose: () => void): Wire {
    const path = `/${crypto.randomUUID()}`
    let socket: WebSocket | undefined
    const waiting: unknown[] = []
    const send = (data: unknown): void => socket?.send(typeof data === 'string' ? data : Buffer.from(codec.encode(data)))
    const close = (): void => {
      this.#expected.delete(path)
      port.close()
      socket?.close()
      onClose()
    }
    port.removeAllListeners('message')
    port.on('message', (data: unknown) => (socket ? send(data) : waiting.push(data)))
    port.once('close', close)
    this.#expected.set(path, (opened) => {
      this.#expected.delete(path)
      socket = opened
      opened.on('message', (data: Buffer, isBinary) => port.postMessage(isBinary ? codec.decode(String(data)) : String(data)))
      opened.on('error', () => undefined)
      opened.once('close', close)
      for (const data of waiting.splice(0)) send(data)
    })
    return { path, [Symbol.dispose]: close }
  }

  /** Takes a worker's socket, if it is one that is expected. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const take = this.#expected.get(request.url ?? '')
    if (take) this.#sockets.handleUpgrade(request, socket, head, take)
    else socket.destroy()
  }
}
