import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { listenDockerSocket } from '#engine/tunnel/docker-socket.ts'
import { connectClient, openAsleep, openNever, request, startDockerSocket, tempDir } from '../../../fixtures/sshd/docker-socket.ts'
import { startEchoServer } from '../../../fixtures/sshd/guest-servers.ts'

describe('waiting and refusing', () => {
  test('a client is told why Docker is not there', async () => {
    await using own = await startDockerSocket({ open: openAsleep })
    const peer = connectClient(own.path)
    peer.write(request)
    const [head, body] = (await text(peer)).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\nContent-Type: application\/json\r\n/)
    expect(JSON.parse(body ?? '')).toEqual({ message: 'the vm is off. Run "cove start".' })
  })

  test('the docker command prints it', async ({ skip }) => {
    const docker = await execa('docker', ['--version'], { reject: false })
    if (docker.failed) skip('there is no docker command here')
    await using own = await startDockerSocket({ open: openAsleep })
    const { stderr, exitCode } = await execa('docker', ['-H', `unix://${own.path}`, 'ps'], { reject: false })
    expect(stderr).toContain('the vm is off. Run "cove start".')
    expect(exitCode).not.toBe(0)
  })

  test('a HEAD request is refused without a body', async () => {
    await using own = await startDockerSocket({ open: openAsleep })
    const peer = connectClient(own.path)
    peer.write('HEAD /_ping HTTP/1.1\r\n\r\n')
    expect(await text(peer)).toMatch(/\r\n\r\n$/)
  })

  test('a refused client that goes on sending still reads the answer', async () => {
    await using own = await startDockerSocket({ open: openAsleep })
    const peer = connectClient(own.path)
    peer.write('POST /images/load HTTP/1.1\r\n\r\n')
    for (let index = 0; index < 50; index += 1) peer.write(Buffer.alloc(100_000))
    expect(await text(peer)).toContain('the vm is off')
  })

  test('a client waits while the tunnel heals and is then served', async () => {
    const healed = Promise.withResolvers<void>()
    await using dir = await tempDir()
    await using guest = await startEchoServer(join(dir.path, 'g.sock'))
    const open = async () => {
      await healed.promise
      return connect({ path: guest.path, allowHalfOpen: true })
    }
    await using socket = await listenDockerSocket({ path: join(dir.path, 'd.sock'), open, log: silentLogger })
    const peer = connectClient(socket.path)
    peer.end('patience')
    setTimeout(healed.resolve, 50)
    expect(await text(peer)).toBe('patience')
  })

  test('an open that takes too long is refused at the limit', async () => {
    await using own = await startDockerSocket({ open: openNever, limits: { openMs: 50 } })
    const peer = connectClient(own.path)
    peer.write(request)
    expect(await text(peer)).toContain('waited 0.05 s for Docker in the guest')
  })

  test('a client that leaves while it waits cancels its open', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const asked = Promise.withResolvers<void>()
    const open = (signal: AbortSignal): Promise<Duplex> => {
      asked.resolve()
      return openNever(signal).catch((error: unknown) => {
        cancelled.resolve(error)
        throw error
      })
    }
    await using own = await startDockerSocket({ open })
    const peer = connectClient(own.path)
    peer.write(request)
    await asked.promise
    peer.destroy()
    expect(await cancelled.promise).toMatchObject({ code: 'operation.cancelled' })
  })

  test('an open that succeeds after its client left is closed again', async () => {
    await using dir = await tempDir()
    await using guest = await startEchoServer(join(dir.path, 'g.sock'))
    const asked = Promise.withResolvers<void>()
    const late = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<Socket>()
    const open = async (signal: AbortSignal): Promise<Duplex> => {
      asked.resolve()
      signal.addEventListener('abort', () => late.resolve())
      await late.promise
      const stream = connect(guest.path)
      opened.resolve(stream)
      return stream
    }
    await using socket = await listenDockerSocket({ path: join(dir.path, 'd.sock'), open, log: silentLogger })
    const peer = connectClient(socket.path)
    peer.write(request)
    await asked.promise
    peer.destroy()
    const stream = await opened.promise
    if (!stream.closed) await once(stream, 'close')
    expect(stream.destroyed).toBe(true)
  })
})

