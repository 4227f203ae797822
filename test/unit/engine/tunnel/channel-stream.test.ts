import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { listenDockerSocket } from '#engine/tunnel/docker-socket.ts'
import { openTunnel } from '#engine/tunnel/open-tunnel.ts'
import { digest, pattern, startEchoServer, startSocketServer } from '../../../fixtures/sshd/guest-servers.ts'
import { startSshd } from '../../../fixtures/sshd/sshd.ts'

const log = silentLogger
const MB = 1_000_000

/** sshd, a tunnel to it and docker.sock in front of an echo server behind it. */
async function setUp(config?: string) {
  await using stack = new AsyncDisposableStack()
  const sshd = stack.use(await startSshd(config))
  const echo = stack.use(await startEchoServer(join(sshd.dir, 'echo.sock')))
  const tunnel = stack.use(openTunnel({ target: sshd.target, log }))
  const open = (signal: AbortSignal) => tunnel.openSocket(echo.path, signal)
  const socket = stack.use(await listenDockerSocket({ path: join(sshd.dir, 'docker.sock'), open, log }))
  const all = stack.move()
  return { sshd, echo, tunnel, socket, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** Sends `bytes` through an echo and compares what comes back. */
async function sendThrough(path: string, bytes: number): Promise<void> {
  const peer = connect({ path, allowHalfOpen: true })
  const sent = createHash('sha256')
  const [got] = await Promise.all([digest(peer), pipeline(Readable.from(pattern(bytes, sent)), peer)])
  expect(got).toEqual({ sha256: sent.digest('hex'), bytes })
}

// A busy machine with two cores needs its time.
describe('bulk', { timeout: 60_000 }, () => {
  test('200 MB go both ways at once and arrive whole, and the event loop stays free', async () => {
    await using own = await setUp()
    await using delay = measureDelay()
    await sendThrough(own.socket.path, 200 * MB)
    // Sender, echo and hashing run in this process too; the engine alone measures about 10 ms.
    expect(delay.p99Ms()).toBeLessThan(100)
    await own.echo.drained()
  })

  test('a new key exchange in the middle of the stream loses nothing', async () => {
    await using own = await setUp('RekeyLimit 4M')
    await sendThrough(own.socket.path, 40 * MB)
    expect(own.tunnel.isUp).toBe(true)
  })

  test('a small request beside bulk is answered within 250 ms', async () => {
    await using own = await setUp()
    let isDone = false
    const bulk = sendThrough(own.socket.path, 100 * MB).finally(() => (isDone = true))
    let slowestMs = 0
    for (;;) {
      const startedAt = performance.now()
      const answer = text(connect({ path: own.socket.path, allowHalfOpen: true }).end('ping'))
      expect(await answer).toBe('ping')
      slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      if (isDone) break
    }
    await bulk
    expect(slowestMs).toBeLessThan(250)
  })
})

describe('back-pressure', { timeout: 60_000 }, () => {
  test('a client that does not read holds back its own stream only', async () => {
    await using own = await setUp()
    let produced = 0
    await using source = await startSocketServer(join(own.sshd.dir, 'source.sock'), (socket) => {
      const chunks = Readable.from(pattern(100 * MB)).on('data', (chunk: Buffer) => (produced += chunk.length))
      chunks.pipe(socket)
    })
    const stream = await own.tunnel.openSocket(source.path)
    await sendThrough(own.socket.path, 20 * MB)
    // The window of the channel, and what lies in sshd and the kernel.
    expect(produced).toBeLessThan(8 * MB)
    stream.destroy()
    await source.drained()
  })

  test('a guest that does not read holds back its writer', async () => {
    await using own = await setUp()
    await using sink = await startSocketServer(join(own.sshd.dir, 'sink.sock'), (socket) => void socket.pause())
    const stream = await own.tunnel.openSocket(sink.path)
    let accepted = 0
    const source = Readable.from(pattern(100 * MB)).on('data', (chunk: Buffer) => (accepted += chunk.length))
    source.pipe(stream)
    await sendThrough(own.socket.path, 20 * MB)
    expect(accepted).toBeLessThan(8 * MB)
    source.destroy()
    stream.destroy()
  })
})

describe('ending', () => {
  test('a guest that closes while it is written to ends the stream without an error, its last words first', async () => {
    await using own = await setUp()
    await using rude = await startSocketServer(join(own.sshd.dir, 'rude.sock'), (socket) => {
      socket.once('data', () => socket.write('no more', () => socket.destroy()))
    })
    const stream = await own.tunnel.openSocket(rude.path)
    const source = Readable.from(pattern(20 * MB))
    source.pipe(stream)
    const closed = once(stream, 'close')
    expect(await text(stream)).toBe('no more')
    await closed
    source.destroy()
    await rude.drained()
  })

  test('destroying a stream closes the connection in the guest', async () => {
    await using own = await setUp()
    const stream = await own.tunnel.openSocket(own.echo.path)
    stream.write('x')
    await once(stream, 'data')
    stream.destroy()
    await own.echo.drained()
    expect(stream.closed).toBe(true)
  })

  test('a client of docker.sock that leaves early closes the connection in the guest', async () => {
    await using own = await setUp()
    const peer = connect(own.socket.path)
    peer.write('x')
    await once(peer, 'data')
    const idle = new Promise<void>((resolve) => own.socket.on('idle', resolve))
    peer.destroy()
    await Promise.all([idle, own.echo.drained()])
    expect(own.socket.connections).toBe(0)
  })
})

/** The delay of the event loop while it is in use. */
function measureDelay() {
  const histogram = monitorEventLoopDelay({ resolution: 5 })
  histogram.enable()
  return { p99Ms: () => histogram.percentile(99) / 1e6, [Symbol.asyncDispose]: async () => void histogram.disable() }
}
