import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Vm, VmEvents } from '#engine/vm/driver.ts'
import { openTunnelPort, prepareTunnelPort } from '#engine/vm/tunnel-port.ts'

/** QEMU's end of the port, and the guest's words about it. */
interface Port extends AsyncDisposable {
  open(signal?: AbortSignal): Promise<Socket>
  /** The guest's end of the newest connection, once the guest was asked for an sshd by this name. */
  asked(): Promise<{ id: string; guest: Socket }>
  events: EventEmitter<VmEvents>
}

async function startPort(): Promise<Port> {
  const folder = await mkdtemp(join(tmpdir(), 'cove-port-'))
  const path = join(folder, 'tunnel.sock')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const events = new EventEmitter<VmEvents>()
  let asked = Promise.withResolvers<string>()
  let accepted = Promise.withResolvers<Socket>()
  server.on('connection', (guest) => accepted.resolve(guest.on('error', () => undefined)))
  const parts = {
    connect: async (signal: AbortSignal) => {
      const socket = connect(path)
      await once(socket, 'connect', { signal })
      return socket
    },
    ask: (id: string) => asked.resolve(id),
    vm: events as unknown as Pick<Vm, 'on' | 'off'>,
  }
  return {
    events,
    open: (signal = AbortSignal.timeout(10_000)) => openTunnelPort(parts, signal),
    asked: async () => {
      const [id, guest] = await Promise.all([asked.promise, accepted.promise])
      asked = Promise.withResolvers()
      accepted = Promise.withResolvers()
      return { id, guest }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function firstBytes(socket: Socket): Promise<string> {
  const data = once(socket, 'data')
  socket.resume()
  return String((await data)[0])
}

describe('the port of the tunnel', () => {
  test('begins after the greeting of this session, whatever a former one left before it', async () => {
    await using port = await startPort()
    const opening = port.open()
    const { id, guest } = await port.asked()
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    guest.write(Buffer.concat([Buffer.alloc(300_000, 0xff), Buffer.from(`cove-tunnel ${'0'.repeat(32)}\nSSH-2.0-of-the-former\r\ncove-tunnel ${id}\nSSH-2.0-new\r\n`)]))
    using socket = own(await opening)
    expect(await firstBytes(socket)).toBe('SSH-2.0-new\r\n')
    guest.destroy()
  })

  test('finds a greeting that comes byte by byte', async () => {
    await using port = await startPort()
    const opening = port.open()
    const { id, guest } = await port.asked()
    guest.setNoDelay(true)
    for (const byte of `x\ncove-tunnel ${id}\nS`) {
      const written = Promise.withResolvers<void>()
      guest.write(byte, () => written.resolve())
      await written.promise
    }
    using socket = own(await opening)
    expect(await firstBytes(socket)).toBe('S')
    guest.destroy()
  })

  test('is cut when the guest says that its sshd ended, and only for that one', async () => {
    await using port = await startPort()
    const opening = port.open()
    const { id, guest } = await port.asked()
    guest.write(`cove-tunnel ${id}\n`)
    using socket = own(await opening)
    port.events.emit('guest', { type: 'tunnel-closed', id: '0'.repeat(32) })
    expect(socket.destroyed).toBe(false)
    const closed = once(socket, 'close')
    port.events.emit('guest', { type: 'tunnel-closed', id })
    await closed
    expect(port.events.listenerCount('guest')).toBe(0)
    guest.destroy()
  })

  test('an sshd that ends before it answers, and a caller that gives up, are told and leave nothing open', async () => {
    await using port = await startPort()
    const ended = port.open()
    const { guest } = await port.asked()
    guest.destroy()
    await expect(ended).rejects.toThrow('the guest closed the connection')
    const patience = new AbortController()
    const givenUp = port.open(patience.signal)
    const second = await port.asked()
    const closed = once(second.guest.resume(), 'close')
    patience.abort(new Error('enough'))
    await expect(givenUp).rejects.toThrow('enough')
    await closed
    expect(port.events.listenerCount('guest')).toBe(0)
  })
})

describe('the next tunnel', () => {
  test('is prepared when the guest says so', async () => {
    const events = new EventEmitter<VmEvents>()
    const ask = (): void => void setImmediate(() => events.emit('guest', { type: 'tunnel-prepared' }))
    await prepareTunnelPort({ ask, vm: events as unknown as Pick<Vm, 'on' | 'off'> }, AbortSignal.timeout(10_000))
    expect(events.listenerCount('guest')).toBe(0)
  })

  test('is not waited for any longer than its caller wants', async () => {
    const events = new EventEmitter<VmEvents>()
    const patience = new AbortController()
    const ask = (): void => patience.abort(new Error('enough'))
    await expect(prepareTunnelPort({ ask, vm: events as unknown as Pick<Vm, 'on' | 'off'> }, patience.signal)).rejects.toThrow('enough')
    expect(events.listenerCount('guest')).toBe(0)
  })
})

function own(socket: Socket): Socket & Disposable {
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() })
}
