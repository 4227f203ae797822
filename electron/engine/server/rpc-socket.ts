import type { WebSocket } from 'ws'
import { StreamCredit } from './stream-credit.ts'

/** What oRPC needs of a socket. */
export type RpcSocket = Pick<WebSocket, 'addEventListener' | 'send'>

/** Close code of a frame that makes no sense; RFC 6455, 7.4.1. */
const invalidPayload = 1007

/**
 * A client's socket as oRPC may use it. It awaits `send`: resolving that only when the bytes left the process keeps a
 * slow reader from filling our memory. It prints what it cannot decode or send: those never reach it.
 */
export function rpcSocket(socket: WebSocket): RpcSocket {
  const streams = new StreamCredit()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  socket.once('close', () => resolve())
  const send = (data: Parameters<WebSocket['send']>[0]): Promise<void> => {
    // Until the close is told and ends the call, nothing more of it may be produced.
    if (socket.readyState !== socket.OPEN) return closed
    const sent = new Promise<void>((resolve) => {
      socket.send(data, (error) => (error ? void closed.then(resolve) : resolve()))
    })
    const credit = typeof data === 'string' ? streams.sent(data) : undefined
    return credit === undefined ? sent : sent.then(() => Promise.race([credit, closed]))
  }
  const addEventListener = (type: string, listener: (event: never) => void): void => {
    if (type !== 'message') return socket.addEventListener(type as never, listener)
    socket.on('message', (data: Buffer, isBinary) => {
      const text = isBinary ? '' : data.toString('utf8')
      const message = parseObject(text)
      if (message && streams.hear(message)) return
      if (message && isCall(message)) listener({ data: text } as never)
      else socket.close(invalidPayload, 'not a call')
    })
  }
  // ws types `send` as returning nothing; oRPC awaits what it returns.
  return { send: send as WebSocket['send'], addEventListener: addEventListener as WebSocket['addEventListener'] }
}

/** Whether oRPC can decode a frame: a request with a path, or a message on one that was begun. */
function isCall(message: object): boolean {
  if (!('i' in message)) return false
  const { t: type = 1, p: payload } = message as { t?: unknown; p?: unknown }
  if (type === 4) return true
  if (typeof payload !== 'object' || payload === null) return false
  return type === 3 || (type === 1 && 'u' in payload && typeof payload.u === 'string' && payload.u.startsWith('/'))
}

function parseObject(text: string): object | undefined {
  try {
    const message: unknown = JSON.parse(text)
    return typeof message === 'object' && message !== null ? message : undefined
  } catch {
    return undefined
  }
}
