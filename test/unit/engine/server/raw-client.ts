import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'

/** A client that speaks bytes. */
export interface RawClient extends Disposable {
  socket: Socket
  /** Everything it was told so far. */
  heard(): string
  /** Resolves when the engine ended the connection. */
  closed: Promise<unknown>
}

/** Connects without saying anything. */
export async function rawClient(path: string, options: { allowHalfOpen?: boolean } = {}): Promise<RawClient> {
  const socket = connect({ path, ...options })
  let heard = ''
  socket.on('data', (data: Buffer) => (heard += data.toString('latin1')))
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  return { socket, heard: () => heard, closed, [Symbol.dispose]: () => socket.destroy() }
}

/** A WebSocket of our own on one of the engine's paths. */
export async function rawWebSocket(path: string, route: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://cove${route}`, { createConnection: () => connect(path), headers, perMessageDeflate: false })
  await once(socket, 'open')
  socket.on('error', () => undefined)
  return socket
}
