import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { openTunnel } from '#engine/tunnel/open-tunnel.ts'
import type { Tunnel, TunnelEvents } from '#engine/tunnel/tunnel.ts'
import { startEchoServer, startSocketServer } from '../../../fixtures/sshd/guest-servers.ts'
import { freePort, makeKey, startSshd, type TestSshd } from '../../../fixtures/sshd/sshd.ts'
import { type ProxyMode, startTcpProxy } from '../../../fixtures/sshd/tcp-proxy.ts'

const log = silentLogger
const soon = (): AbortSignal => AbortSignal.timeout(8_000)

async function proxied(sshd: TestSshd, mode: ProxyMode = 'forward') {
  const proxy = await startTcpProxy(sshd.target.port, mode)
  return { proxy, target: { ...sshd.target, port: proxy.port } }
}

function told(tunnel: Tunnel, event: keyof TunnelEvents): Promise<void> {
  return new Promise((resolve) => tunnel.on(event, () => resolve()))
}

describe('connecting', () => {
  test('a tunnel comes up and carries bytes to a socket in the guest', async () => {
    await using sshd = await startSshd()
    await using echo = await startEchoServer(join(sshd.dir, 'echo.sock'))
    await using tunnel = openTunnel({ target: sshd.target, log })
    await tunnel.ready(soon())
    expect(tunnel.isUp).toBe(true)
    const stream = await tunnel.openSocket(echo.path)
    stream.end('hello')
    expect(await text(stream)).toBe('hello')
    await echo.drained()
    expect(stream.closed).toBe(true)
  })

  test.each(['reset', 'silent'] as const)('a guest that still boots (%s) is dialled until it answers', async (mode) => {
    await using sshd = await startSshd()
    const { proxy, target } = await proxied(sshd, mode)
    await using _ = proxy
    await using tunnel = openTunnel({ target, log, limits: { bannerMs: 100 } })
    await expect(tunnel.ready(AbortSignal.timeout(400))).rejects.toThrow('timeout')
    expect(proxy.accepted).toBeGreaterThan(1)
    proxy.mode = 'forward'
    await tunnel.ready(soon())
  })

  test('a nudge dials at once instead of waiting for a dial that nobody answers', async () => {
    await using sshd = await startSshd()
    const { proxy, target } = await proxied(sshd, 'silent')
    await using _ = proxy
    await using tunnel = openTunnel({ target, log, limits: { bannerMs: 60_000, firstRetryMs: 60_000, lastRetryMs: 60_000 } })
    await expect(tunnel.ready(AbortSignal.timeout(100))).rejects.toThrow('timeout')
    proxy.mode = 'forward'
    tunnel.nudge()
    await tunnel.ready(AbortSignal.timeout(2_000))
    expect(proxy.accepted).toBe(2)
  })

  test('a dead port fails within the limit and says what was tried', async () => {
    const port = await freePort()
    const target = { host: '127.0.0.1', port, hostPublicKey: 'ssh-ed25519 AAAA', clientPrivateKey: '' }
    await using tunnel = openTunnel({ target, log, limits: { openMs: 200, readyMs: 200 } })
    const failure = { code: 'tunnel.unreachable', hint: `the guest's sshd on 127.0.0.1:${port} does not answer: ECONNREFUSED` }
    await expect(tunnel.ready(soon())).rejects.toMatchObject(failure)
    await expect(tunnel.openSocket('/run/x.sock')).rejects.toMatchObject(failure)
  })

  test('a port where something else answers is no guest', async () => {
    await using sshd = await startSshd()
    await using proxy = await startTcpProxy(sshd.target.port, 'silent')
    await using tunnel = openTunnel({ target: { ...sshd.target, port: proxy.port }, log, limits: { bannerMs: 50, readyMs: 200 } })
    await expect(tunnel.ready(soon())).rejects.toMatchObject({
      code: 'tunnel.unreachable',
      hint: `waited 0.05 s for the guest's sshd to answer on 127.0.0.1:${proxy.port}`,
    })
  })

  test('a tunnel disposed while it dials ends at once, and so do those who wait for it', async () => {
    await using sshd = await startSshd()
    await using proxy = await startTcpProxy(sshd.target.port, 'silent')
    const tunnel = openTunnel({ target: { ...sshd.target, port: proxy.port }, log })
    const waiting = tunnel.openSocket('/run/x.sock')
    const [outcome] = await Promise.all([waiting.catch((error: unknown) => error), tunnel[Symbol.asyncDispose]()])
    expect(outcome).toMatchObject({ code: 'operation.cancelled' })
    await expect(tunnel.openSocket('/run/x.sock')).rejects.toMatchObject({ code: 'operation.cancelled' })
  })
})

describe('refusing', () => {
  test('an unknown host key is refused, named, and not dialled again until asked', async () => {
    await using sshd = await startSshd()
    const { proxy, target } = await proxied(sshd)
    await using _ = proxy
    const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPK4Cz1QEbN5wGSYnNaMRLxKlbjXGpPkxkVXrJmFwHBA'
    await using tunnel = openTunnel({ target: { ...target, hostPublicKey: otherKey }, log, limits: { firstRetryMs: 1, lastRetryMs: 1 } })
    await expect(tunnel.ready(soon())).rejects.toMatchObject({
      code: 'tunnel.refused',
      message: expect.stringMatching(/is not Cove's guest: .* unknown host key SHA256:/),
    })
    await expect(tunnel.openSocket('/run/x.sock')).rejects.toMatchObject({ code: 'tunnel.refused' })
    await expect(tunnel.ready(AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'tunnel.refused' })
    expect(proxy.accepted).toBe(1)
    tunnel.nudge()
    await expect(tunnel.ready(soon())).rejects.toMatchObject({ code: 'tunnel.refused' })
    expect(proxy.accepted).toBeLessThanOrEqual(2)
  })

  test('a guest that does not know our key refuses us for good', async () => {
    await using sshd = await startSshd()
    const clientPrivateKey = await makeKey(join(sshd.dir, 'stranger'))
    await using tunnel = openTunnel({ target: { ...sshd.target, clientPrivateKey }, log })
    await expect(tunnel.ready(soon())).rejects.toMatchObject({ code: 'tunnel.refused', message: expect.stringContaining("refused Cove's key") })
  })

  test('a server without an ed25519 host key or our cipher is refused', async () => {
    await using sshd = await startSshd('Ciphers aes256-ctr')
    await using tunnel = openTunnel({ target: sshd.target, log })
    await expect(tunnel.ready(soon())).rejects.toMatchObject({ code: 'tunnel.refused', message: expect.stringContaining('no matching') })
  })

  test.for([
    { ciphers: 'chacha20-poly1305@openssh.com', isEmulated: true },
    { ciphers: 'aes128-gcm@openssh.com', isEmulated: true },
    { ciphers: 'aes128-gcm@openssh.com', isEmulated: false },
  ])('a guest with $ciphers alone is reached (emulated: $isEmulated)', async ({ ciphers, isEmulated }) => {
    await using sshd = await startSshd(`Ciphers ${ciphers}`)
    await using tunnel = openTunnel({ target: { ...sshd.target, isEmulated }, log })
    expect(await tunnel.capture('echo through')).toBe('through\n')
  })

  test('a guest on hardware is not asked for ChaCha20', async () => {
    await using sshd = await startSshd('Ciphers chacha20-poly1305@openssh.com')
    await using tunnel = openTunnel({ target: sshd.target, log })
    await expect(tunnel.ready(soon())).rejects.toMatchObject({ code: 'tunnel.refused' })
  })

  test('a socket nobody listens on in the guest is a clear error and leaves the tunnel up', async () => {
    await using sshd = await startSshd()
    await using tunnel = openTunnel({ target: sshd.target, log })
    await expect(tunnel.openSocket('/nowhere.sock')).rejects.toMatchObject({
      code: 'tunnel.unreachable',
      message: expect.stringContaining('refused a connection to "/nowhere.sock"'),
    })
    expect(tunnel.isUp).toBe(true)
  })
})

describe('healing', () => {
  test('S11: a cut TCP connection heals within 2 s and tells so; open streams fail', async () => {
    await using sshd = await startSshd()
    await using echo = await startEchoServer(join(sshd.dir, 'echo.sock'))
    const { proxy, target } = await proxied(sshd)
    await using _ = proxy
    await using tunnel = openTunnel({ target, log })
    const stream = await tunnel.openSocket(echo.path)
    const failed = once(stream, 'error')
    const events: string[] = []
    tunnel.on('down', () => events.push('down'))
    tunnel.on('up', () => events.push('up'))
    const startedAt = performance.now()
    proxy.cut()
    expect((await failed)[0]).toMatchObject({ code: 'tunnel.unreachable' })
    const next = await tunnel.openSocket(echo.path)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    next.end('again')
    expect(await text(next)).toBe('again')
    expect(events).toEqual(['down', 'up'])
  })

  test('a peer that falls silent is noticed by keepalive', async () => {
    await using sshd = await startSshd()
    const { proxy, target } = await proxied(sshd)
    await using _ = proxy
    await using tunnel = openTunnel({ target, log, limits: { keepaliveMs: 100, keepaliveCount: 2 } })
    await tunnel.ready(soon())
    proxy.freeze()
    await told(tunnel, 'down')
    await tunnel.ready(soon())
    expect(proxy.accepted).toBe(2)
  })

  test('reset makes a new session at once', async () => {
    await using sshd = await startSshd()
    const { proxy, target } = await proxied(sshd)
    await using _ = proxy
    await using tunnel = openTunnel({ target, log })
    await tunnel.ready(soon())
    proxy.freeze()
    tunnel.reset()
    await told(tunnel, 'up')
    expect(proxy.accepted).toBe(2)
  })

  test('an open that was under way when the connection was cut goes on over the next one', async () => {
    await using sshd = await startSshd()
    await using echo = await startEchoServer(join(sshd.dir, 'echo.sock'))
    const { proxy, target } = await proxied(sshd)
    await using _ = proxy
    await using tunnel = openTunnel({ target, log })
    await tunnel.ready(soon())
    proxy.freeze()
    const opening = tunnel.openSocket(echo.path)
    proxy.cut()
    const stream = await opening
    stream.end('late')
    expect(await text(stream)).toBe('late')
  })
})

describe('many', () => {
  test('C22: 400 sockets are open at once over one session', async () => {
    await using sshd = await startSshd()
    await using echo = await startEchoServer(join(sshd.dir, 'echo.sock'))
    const { proxy, target } = await proxied(sshd)
    await using _ = proxy
    await using tunnel = openTunnel({ target, log })
    const streams = await Promise.all(Array.from({ length: 400 }, () => tunnel.openSocket(echo.path)))
    await Promise.all(streams.map((stream) => (stream.write('?'), once(stream, 'readable'))))
    expect(echo.open).toBe(400)
    const answers = await Promise.all(streams.map((stream, index) => text(stream.end(`number ${index}`))))
    expect(answers).toEqual(streams.map((__, index) => `?number ${index}`))
    expect(proxy.accepted).toBe(1)
    await echo.drained()
  })

  test('an aborted open lets go of its channel', async () => {
    await using sshd = await startSshd()
    let opened = 0
    await using server = await startSocketServer(join(sshd.dir, 'any.sock'), (socket) => {
      opened += 1
      socket.resume().on('end', () => socket.end())
    })
    await using tunnel = openTunnel({ target: sshd.target, log })
    await tunnel.ready(soon())
    const abort = new AbortController()
    const opening = tunnel.openSocket(server.path, abort.signal)
    abort.abort(new Error('changed my mind'))
    await expect(opening).rejects.toThrow('changed my mind')
    const second = await tunnel.openSocket(server.path)
    second.end()
    expect(await text(second)).toBe('')
    expect(opened).toBe(2)
    await server.drained()
  })
})
