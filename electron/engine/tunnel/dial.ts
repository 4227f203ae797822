import { Socket, type SocketConstructorOpts } from 'node:net'
import { withLimit } from '#base/limit.ts'
import { coalesceWrites } from './coalesce-writes.ts'
import type { TunnelLimits } from './limits.ts'
import { describeTarget, type GuestLine, type TcpTarget, type TunnelTarget } from './tunnel.ts'

/** Bytes that may wait in the socket before the streams of the tunnel are asked to pause. */
const highWaterMark = 512 * 1024

/** Where to dial and how long it may take. */
export interface DialOptions {
  target: TunnelTarget
  limits: Pick<TunnelLimits, 'connectMs' | 'lineMs' | 'bannerMs'>
  signal: AbortSignal
}

/**
 * Connects to the guest's sshd and waits for its "SSH-" line, which stays unread in the socket.
 * @throws CoveError `tunnel.unreachable` on time-out, else the socket's own error.
 */
export async function dialSshd(options: DialOptions): Promise<Socket> {
  const { target, limits, signal } = options
  const where = describeTarget(target)
  const socket = 'line' in target ? await openLine(target.line, options) : await connect(target, options)
  // Every stream that waits for room listens for 'drain'; see ssh-session.ts.
  socket.setMaxListeners(0)
  coalesceWrites(socket)
  try {
    await withLimit(
      { what: `the guest's sshd to answer on ${where}`, ms: limits.bannerMs, signal, code: 'tunnel.unreachable' },
      () => banner(socket),
    )
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function openLine(line: GuestLine, { limits, signal }: DialOptions): Promise<Socket> {
  const limit = { what: `the guest to answer on ${line.name}`, ms: limits.lineMs, signal, code: 'tunnel.unreachable' } as const
  return await withLimit(limit, (own) => line.open({ signal: own, highWaterMark }))
}

async function connect({ host, port }: TcpTarget, { limits, signal }: DialOptions): Promise<Socket> {
  // Handed on to Duplex; the types do not say so.
  const socket = new Socket({ highWaterMark } as SocketConstructorOpts)
  const limit = { what: `a connection to ${host}:${port}`, ms: limits.connectMs, signal, code: 'tunnel.unreachable' } as const
  try {
    await withLimit(limit, () => connected(socket, { host, port }))
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function connected(socket: Socket, address: { host: string; port: number }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.connect(address, () => {
    // Nagle and delayed acknowledgements together cost 45 ms for each channel.
    socket.setNoDelay(true)
    socket.off('error', reject)
    resolve()
  })
  return promise
}

function banner(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const start: Buffer[] = []
  const onClose = (): void => reject(new Error('the connection was closed before sshd answered'))
  const onData = (chunk: Buffer): void => {
    start.push(chunk)
    const text = Buffer.concat(start)
    if (text.length < 4) return
    socket.pause()
    socket.off('data', onData).off('close', onClose).off('error', reject)
    if (text.toString('latin1', 0, 4) === 'SSH-') {
      socket.unshift(text)
      resolve()
    } else reject(new Error('something other than sshd answered'))
  }
  // A line comes paused.
  socket.on('data', onData).on('close', onClose).on('error', reject).resume()
  return promise
}
