import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { listenEngine } from '#engine/server/engine-server.ts'
import { startTestEngine, testParts, type TestEngine } from '../test-engine.ts'
import { createRouter } from '#engine/handlers/router.ts'
import { silentLogger } from '#base/log.ts'
import { tempHome } from '../../base/temp-dir.ts'
import { rawClient, rawWebSocket } from './raw-client.ts'

/** The engine still serves others, promptly. */
async function expectServes(engine: TestEngine): Promise<void> {
  await using client = await engine.connect()
  const started = performance.now()
  expect((await client.api.engine.status()).state).toBe('off')
  expect(performance.now() - started).toBeLessThan(1000)
}

const upgrade = 'GET /rpc HTTP/1.1\r\nHost: cove\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

test('the socket is for its owner alone, in a folder for its owner alone', async () => {
  await using engine = await startTestEngine()
  expect(statSync(engine.paths.engineSocket).mode & 0o777).toBe(0o600)
  expect(statSync(engine.paths.home).mode & 0o777).toBe(0o700)
})

test('the socket vanishes with the engine, and nothing else is left of it', async () => {
  await using home = tempHome()
  const { parts, close } = await testParts(home.paths)
  const before = readdirSync(home.paths.home)
  const server = await listenEngine({ path: home.paths.engineSocket, router: createRouter(parts), onShell: () => undefined, log: silentLogger })
  expect(readdirSync(home.paths.home).filter((name) => !before.includes(name))).toEqual(['engine.sock'])
  await server[Symbol.asyncDispose]()
  expect(existsSync(home.paths.engineSocket)).toBe(false)
  await close()
})

test('a file in the socket\'s place is never removed', async () => {
  await using home = tempHome()
  const { parts, close } = await testParts(home.paths)
  writeFileSync(home.paths.engineSocket, 'precious')
  await expect(listenEngine({ path: home.paths.engineSocket, router: createRouter(parts), onShell: () => undefined, log: silentLogger })).rejects.toMatchObject({ code: 'engine.start-failed' })
  expect(statSync(home.paths.engineSocket).size).toBe(8)
  await close()
})

test.each([
  ['garbage', randomBytes(100_000)],
  ['zeros', Buffer.alloc(100_000)],
  ['an HTTP request with a broken head', Buffer.from('GET / HTTP/9.9\r\n\0\0\r\n\r\n')],
  ['ten megabytes of header', Buffer.from(`${upgrade}X-Big: ${'x'.repeat(10 * 1024 * 1024)}\r\n\r\n`)],
  ['a path we do not serve', Buffer.from(upgrade.replace('/rpc', '/nowhere') + '\r\n')],
  ['a WebSocket without a key', Buffer.from(upgrade.replace(/Sec-WebSocket-Key.*\r\n/, '') + '\r\n')],
  ['CONNECT', Buffer.from('CONNECT example.org:443 HTTP/1.1\r\n\r\n')],
])('a client that sends %s is dropped, and others are served', async (_what, bytes) => {
  await using engine = await startTestEngine()
  using client = await rawClient(engine.paths.engineSocket)
  client.socket.write(bytes)
  await client.closed
  expect(client.heard()).not.toContain('101 Switching')
  await expectServes(engine)
})

test('a plain HTTP request is told what lives here', async () => {
  await using engine = await startTestEngine()
  using client = await rawClient(engine.paths.engineSocket)
  client.socket.write('GET / HTTP/1.1\r\nHost: cove\r\n\r\n')
  await client.closed
  expect(client.heard()).toMatch(/^HTTP\/1\.1 426 [^]*Use the cove command/)
})

test('a browser page, which cannot hide its origin, is refused', async () => {
  await using engine = await startTestEngine()
  for (const origin of ['http://localhost', 'null', 'https://evil.example', 'file://']) {
    using client = await rawClient(engine.paths.engineSocket)
    client.socket.write(`${upgrade}Origin: ${origin}\r\n\r\n`)
    await client.closed
    expect(client.heard()).toMatch(/^HTTP\/1\.1 403 /)
  }
  expect(engine.server.clients).toBe(0)
})

test('a client that sends its header a byte at a time, or nothing, is dropped after the limit', async () => {
  await using engine = await startTestEngine({ handshakeMs: 300 })
  using silent = await rawClient(engine.paths.engineSocket)
  using slow = await rawClient(engine.paths.engineSocket)
  const drip = setInterval(() => slow.socket.write('G'), 20)
  const started = performance.now()
  await Promise.all([silent.closed, slow.closed])
  clearInterval(drip)
  expect(performance.now() - started).toBeLessThan(1500)
  await expectServes(engine)
})

test('a refused client that never closes its side is dropped', async () => {
  await using engine = await startTestEngine()
  using client = await rawClient(engine.paths.engineSocket, { allowHalfOpen: true })
  const ended = once(client.socket, 'end')
  client.socket.write(`${upgrade.replace('/rpc', '/nowhere')}\r\n`)
  await ended
  const refused = new Promise((resolve) => client.socket.once('error', resolve))
  const writing = setInterval(() => client.socket.write('still here'), 10)
  await expect(refused).resolves.toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) })
  clearInterval(writing)
})

test.each([
  ['text that is no JSON', 'not json'],
  ['JSON that is no call', '[1,2]'],
  ['a call without a path', '{"i":"1","p":{}}'],
  ['a call of no known type', '{"i":"1","t":9,"p":{"u":"/engine/status"}}'],
  ['null', 'null'],
])('a WebSocket client that sends %s is closed as not making sense, without a word in the log', async (_what, text) => {
  await using engine = await startTestEngine()
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const socket = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  socket.send(text)
  expect((await once(socket, 'close'))[0]).toBe(1007)
  expect(print).not.toHaveBeenCalled()
  await expectServes(engine)
})

test('binary frames and oversize frames end their client only', async () => {
  await using engine = await startTestEngine()
  const binary = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  binary.send(randomBytes(1000))
  expect((await once(binary, 'close'))[0]).toBe(1007)
  const large = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  large.send('x'.repeat(1024 * 1024 + 1))
  expect((await once(large, 'close'))[0]).toBe(1009)
  await expectServes(engine)
})

test('calls that do not exist or whose input is wrong are answered', async () => {
  await using engine = await startTestEngine()
  const socket = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  for (const [i, path] of ['/nope', '/engine', '/__proto__/constructor', '/engine/status/../../x', '/%E0%A4'].entries()) {
    socket.send(JSON.stringify({ i: String(i), p: { u: path, b: { json: {} } } }))
    const [answer] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(answer.toString())).toMatchObject({ i: String(i), p: { s: 404 } })
  }
  socket.close()
  await expectServes(engine)
})

test('three hundred connections, silent or open, keep nobody out', async () => {
  await using engine = await startTestEngine()
  const silent = await Promise.all(Array.from({ length: 300 }, () => rawClient(engine.paths.engineSocket)))
  await expectServes(engine)
  for (const client of silent) client[Symbol.dispose]()
  const open = await Promise.allSettled(Array.from({ length: 300 }, () => rawWebSocket(engine.paths.engineSocket, '/rpc')))
  expect(open.filter(({ status }) => status === 'fulfilled')).toHaveLength(256)
  await expect(engine.connect()).rejects.toMatchObject({ code: 'engine.busy' })
  for (const result of open) if (result.status === 'fulfilled') result.value.terminate()
  await vi.waitFor(() => expect(engine.server.clients).toBe(0))
  await expectServes(engine)
})

test('clients that vanish without a word are forgotten', async () => {
  await using engine = await startTestEngine()
  const counts: number[] = []
  engine.server.onClients((clients) => counts.push(clients))
  const sockets = await Promise.all(Array.from({ length: 20 }, () => rawWebSocket(engine.paths.engineSocket, '/rpc')))
  for (const socket of sockets) {
    socket.send(JSON.stringify({ i: '1', p: { u: '/engine/watch' } }))
    socket.terminate()
  }
  await vi.waitFor(() => expect(engine.server.clients).toBe(0))
  expect(Math.max(...counts)).toBe(20)
  expect(counts.at(-1)).toBe(0)
})

test('the server closes in time whatever its clients do', async () => {
  const engine = await startTestEngine()
  using silent = await rawClient(engine.paths.engineSocket)
  const deaf = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  deaf.pause()
  const started = performance.now()
  await engine[Symbol.asyncDispose]()
  expect(performance.now() - started).toBeLessThan(1500)
  await silent.closed
  deaf.terminate()
})
