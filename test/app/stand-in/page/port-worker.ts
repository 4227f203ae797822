import type { Codec } from './codec.ts'

/** Runs in a worker of the page: one end of a port on this side, a socket to the main process on the other. It may use nothing from outside. */
export function portWorker(codec: Codec): void {
  const text = new TextDecoder()
  globalThis.addEventListener('message', ({ data: address, ports }: MessageEvent<string>) => {
    const port = ports[0]!
    const socket = new WebSocket(address)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      port.addEventListener('message', ({ data }: MessageEvent<unknown>) => socket.send(typeof data === 'string' ? data : new TextEncoder().encode(codec.encode(data))))
      port.start()
    })
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => port.postMessage(typeof data === 'string' ? data : codec.decode(text.decode(data))))
    port.addEventListener('close', () => socket.close())
    socket.addEventListener('close', () => {
      port.close()
      globalThis.close()
    })
  }, { once: true })
}
