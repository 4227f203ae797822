import type { MessagePortMain } from 'electron'
import type { WebSocket } from 'ws'
import type { PortControl } from '#contract/desktop-bridge.ts'

/** Frames that may be under way to the window before the engine is held back, and when it goes on. */
const window = { most: 256, least: 64 } as const

/**
 * Carries contract frames between a window's port and engine.sock, unread, until either end closes. MessagePorts know no
 * back-pressure: the window says how many frames it has taken, and beyond a few hundred the socket is not read further.
 */
export function relayFrames(socket: WebSocket, port: MessagePortMain): Promise<void> {
  const done = Promise.withResolvers<void>()
  let underWay = 0
  socket.on('message', (data: Buffer) => {
    port.postMessage(data.toString('utf8'))
    if (++underWay >= window.most) socket.pause()
  })
  port.on('message', ({ data }: { data: unknown }) => {
    if (typeof data === 'string') return void (socket.readyState === socket.OPEN && socket.send(data))
    const frames = framesTaken(data)
    underWay = Math.max(0, underWay - frames)
    if (underWay <= window.least && socket.isPaused) socket.resume()
  })
  port.on('close', () => socket.close())
  socket.on('error', () => undefined)
  socket.once('close', () => {
    port.postMessage({ type: 'closed' } satisfies PortControl)
    port.close()
    done.resolve()
  })
  port.start()
  return done.promise
}

function framesTaken(data: unknown): number {
  const { type, frames } = (data ?? {}) as Partial<Extract<PortControl, { type: 'taken' }>>
  return type === 'taken' && typeof frames === 'number' && frames > 0 ? frames : 0
}
