import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
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
async function sendThrough(path: string, bytes: number, onMoved?: (bytes: number) => void): Promise<void> {
  const peer = connect({ path, allowHalfOpen: true })
  if (onMoved) peer.on('data', (chunk: Buffer) => onMoved(chunk.length))
  const sent = createHash('sha256')
  const [got] = await Promise.all([digest(peer), pipeline(Readable.from(pattern(bytes, sent)), peer)])
  expect(got).toEqual({ sha256: sent.digest('hex'), bytes })
}

// A busy machine with two cores needs its time.
describe('bulk', { timeout: 60_000 }, () => {
  test('200 MB go both ways at once and arrive whole, and the event loop stays free', async () => {
    await using own = await setUp()
    using turns = measureTurns()
    await sendThrough(own.socket.path, 200 * MB)
    // Sender, echo and hashing run in this process too; the engine alone measures about 10 ms.
    expect(turns.p99Ms()).toBeLessThan(100)
    await own.echo.drained()
  })

  test('a new key exchange in the middle of the stream loses nothing', async () => {
    await using own = await setUp('RekeyLimit 4M')
    await sendThrough(own.socket.path, 40 * MB)
    expect(own.tunnel.isUp).toBe(true)
  })

  test('a small request does not wait for the bulk beside it', async () => {
    await using own = await setUp()
    let isDone = false
    let moved = 0
    const bulk = sendThrough(own.socket.path, 100 * MB, (bytes) => (moved += bytes)).finally(() => (isDone = true))
    let mostAhead = 0
    for (;;) {
      const before = moved
      expect(await text(connect({ path: own.socket.path, allowHalfOpen: true }).end('ping'))).toBe('ping')
      if (isDone) break
      mostAhead = Math.max(mostAhead, moved - before)
    }
    await bulk
    // Counted in bytes, which a busy machine does not change: 250 ms of this stream are 22 MB on an idle one, and 2.5 MB what it takes (measured 2026-11).
    expect(mostAhead).toBeLessThan(10 * MB)
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

/** How long turns of this thread's event loop take, in time on a processor: waiting for one is the machine's doing, not ours. */
function measureTurns() {
  const turns: number[] = []
  const now = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let last = now()
  const timer = setInterval(() => {
    turns.push(now() - last)
    last = now()
  }, 5)
  return { p99Ms: () => turns.toSorted((a, b) => a - b)[Math.floor(turns.length * 0.99)] ?? Infinity, [Symbol.dispose]: () => clearInterval(timer) }
}
