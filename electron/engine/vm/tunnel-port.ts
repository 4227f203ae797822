import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { connectToPort } from './channels.ts'
import type { Vm } from './driver.ts'
import type { GuestMessage } from './guest-message.ts'
import type { QemuParts } from './qemu-vm.ts'

/** What the tunnel's port needs of a vm. */
export interface TunnelPortParts {
  /** Connects to the port's socket. */
  connect(signal: AbortSignal): Promise<Socket>
  /** Has the guest start an sshd on the port, for the session of this name. */
  ask(id: string): void
  vm: Pick<Vm, 'on' | 'off'>
}

/** What the vm offers of it; null on Windows, where a pipe would let the engine in once. */
export function tunnelOpener({ paths, control }: Pick<QemuParts, 'paths' | 'control'>, vm: TunnelPortParts['vm']): Vm['openTunnel'] {
  if (process.platform === 'win32') return null
  return ({ signal, highWaterMark }) =>
    openTunnelPort({ connect: (own) => connectToPort(paths, 'tunnel', { signal: own, highWaterMark }), ask: (id) => control?.openTunnel(id), vm }, signal)
}

/**
 * A connection to an sshd of its own in the guest, with sshd's first line unread; a former one ends. QEMU does not tell
 * when the guest closes a port, so the guest says it (`tunnel-closed`), and the socket is destroyed then.
 * @throws Error when the guest ends it before it begins; the signal's reason.
 */
export async function openTunnelPort(parts: TunnelPortParts, signal: AbortSignal): Promise<Socket> {
  const id = randomBytes(16).toString('hex')
  const socket = await parts.connect(signal)
  const onGuest = (message: GuestMessage): void => {
    if (message.type === 'tunnel-closed' && message.id === id) socket.destroy()
  }
  parts.vm.on('guest', onGuest)
  socket.once('close', () => parts.vm.off('guest', onGuest))
  try {
    parts.ask(id)
    await passGreeting(socket, `cove-tunnel ${id}\n`, signal)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Has the guest start the next session's sshd and talk with it as far as that goes without us. @throws the signal's reason. */
export async function prepareTunnelPort({ ask, vm }: { ask(): void; vm: TunnelPortParts['vm'] }, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onGuest = ({ type }: GuestMessage): void => void (type === 'tunnel-prepared' && resolve())
  const onAbort = (): void => reject(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', onAbort, { once: true })
  vm.on('guest', onGuest)
  try {
    ask()
    await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    vm.off('guest', onGuest)
  }
}

/** Drops everything up to the greeting's end: before it comes what a former session left in the port. */
async function passGreeting(socket: Socket, greeting: string, signal: AbortSignal): Promise<void> {
  let seen = Buffer.alloc(0)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onClose = (): void => reject(new Error('the guest closed the connection before its sshd answered'))
  const onAbort = (): void => reject(signal.reason)
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk])
    const at = seen.indexOf(greeting, 0, 'latin1')
    if (at === -1) {
      seen = seen.subarray(-greeting.length)
      return
    }
    socket.pause().off('data', onData)
    const rest = seen.subarray(at + greeting.length)
    if (rest.length > 0) socket.unshift(rest)
    resolve()
  }
  signal.throwIfAborted()
  signal.addEventListener('abort', onAbort, { once: true })
  socket.on('error', reject).on('close', onClose).on('data', onData)
  try {
    await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.off('error', reject).off('close', onClose).off('data', onData)
  }
}
