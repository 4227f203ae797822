import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Duplex, PassThrough } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { listenDockerSocket } from '#engine/tunnel/docker-socket.ts'
import { connectClient, openNever, request, startDockerSocket, tempDir } from '../../../fixtures/sshd/docker-socket.ts'
import { startSocketServer } from '../../../fixtures/sshd/guest-servers.ts'

describe('carrying', () => {
  test('C20: each direction ends alone', async () => {
    await using own = await startDockerSocket()
    const peer = connectClient(own.path)
    peer.end('sent before the end')
    expect(await text(peer)).toBe('sent before the end')
  })

  test('C20: a guest that ends first still gets what the client sends', async () => {
    await using dir = await tempDir()
    const got = Promise.withResolvers<string>()
    await using guest = await startSocketServer(join(dir.path, 'g.sock'), (socket) => {
      socket.end('bye')
      got.resolve(text(socket))
    })
    const open = async () => connect({ path: guest.path, allowHalfOpen: true })
    await using socket = await listenDockerSocket({ path: join(dir.path, 'd.sock'), open, log: silentLogger })
    const peer = connectClient(socket.path)
    peer.write('first ')
    expect(await text(peer)).toBe('bye')
    peer.end('second')
    expect(await got.promise).toBe('first second')
    await guest.drained()
  })

  test('what a client sent before it left still arrives', async () => {
    await using dir = await tempDir()
    const got = Promise.withResolvers<number>()
    await using guest = await startSocketServer(join(dir.path, 'g.sock'), (socket) => {
      socket.on('end', () => socket.end())
      setTimeout(() => got.resolve(buffer(socket).then(({ length }) => length)), 50)
    })
    const open = async () => connect({ path: guest.path, allowHalfOpen: true })
    await using socket = await listenDockerSocket({ path: join(dir.path, 'd.sock'), open, log: silentLogger })
    await execa('python3', ['-c', `import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"x"*3000000); s.close()`, socket.path])
    expect(await got.promise).toBe(3_000_000)
    await guest.drained()
  })

  test('a stream to the guest that breaks ends its client', async () => {
    const stream = new PassThrough()
    await using own = await startDockerSocket({ open: async () => stream })
    const peer = connectClient(own.path)
    peer.write('a')
    await once(peer, 'data')
    stream.destroy(new Error('the session was lost'))
    await once(peer.resume(), 'end')
    expect(own.socket.connections).toBe(0)
  })

  test('connections are counted from their first byte on', async () => {
    const events: string[] = []
    await using own = await startDockerSocket({ onConnection: (client) => events.push(`connection of ${client.bytesRead} B`) })
    const idle = new Promise((resolve) => own.socket.on('idle', () => resolve(events.push('idle'))))
    own.socket.on('busy', () => events.push('busy'))
    const silent = connectClient(own.path)
    await once(silent, 'connect')
    const [one, two] = [connectClient(own.path), connectClient(own.path)]
    one.write('1')
    await once(one, 'data')
    two.write('2')
    await once(two, 'data')
    expect(own.socket.connections).toBe(2)
    one.destroy()
    two.destroy()
    await idle
    expect(events).toEqual(['busy', 'connection of 1 B', 'connection of 1 B', 'idle'])
    silent.destroy()
  })
})

describe('X3: hostile clients', () => {
  test('silent clients open nothing, and at the cap the oldest makes room', async () => {
    let opened = 0
    const open = async (): Promise<Duplex> => {
      opened += 1
      throw new Error('no guest')
    }
    await using own = await startDockerSocket({ open, limits: { silent: 3 } })
    const silent = Array.from({ length: 4 }, () => connectClient(own.path))
    await once((silent[0] as Socket).resume(), 'end')
    expect(opened).toBe(0)
    expect(own.socket.connections).toBe(0)
    for (const each of silent) each.destroy()
  })

  test('too many waiting clients are refused at once, the others go on waiting', async () => {
    await using own = await startDockerSocket({ open: openNever, limits: { waiting: 2 } })
    const waiting = [connectClient(own.path), connectClient(own.path)]
    for (const each of waiting) each.write(request)
    const third = connectClient(own.path)
    third.write(request)
    expect(await text(third)).toContain('2 clients already wait')
    for (const each of waiting) expect(each.destroyed).toBe(false)
    for (const each of waiting) each.destroy()
  })

  test('a client that sends without end while it waits is held back', async () => {
    await using own = await startDockerSocket({ open: openNever })
    const peer = connectClient(own.path)
    const block = Buffer.alloc(1024 * 1024)
    let sent = 0
    while (peer.write(block) || sent < 64 * block.length) {
      sent += block.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(peer.bytesWritten - peer.writableLength).toBeLessThan(2 * 1024 * 1024)
    peer.destroy()
  })

  test('200 clients that come and break off at once leave nothing behind', async () => {
    await using own = await startDockerSocket()
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const peer = connectClient(own.path)
        if (index % 2) peer.write(Buffer.alloc(index * 100))
        await once(peer, 'connect')
        peer.destroy()
      }),
    )
    expect(await text(connectClient(own.path).end('fine'))).toBe('fine')
    await own.guest.drained()
  })
})

