import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ChannelAgent } from '#engine/docker/channel-agent.ts'
import { DockerObjects } from '#engine/docker/docker-objects.ts'
import { createSender, DockerRefusal, readText, type SendDocker } from '#engine/docker/docker-request.ts'
import { type Routes, startDockerServer } from '../../../fixtures/sshd/guest-servers.ts'

const never = new AbortController().signal

/** A sender to a small Docker of these routes. */
async function dockerOf(routes: Routes): Promise<AsyncDisposable & { send: SendDocker }> {
  const dir = await mkdtempDisposable(join(tmpdir(), 'cove-docker-'))
  const server = await startDockerServer(join(dir.path, 'd.sock'), routes)
  const agent = new ChannelAgent(async () => connect({ path: server.path, allowHalfOpen: true }))
  return {
    send: createSender(agent),
    [Symbol.asyncDispose]: async () => {
      agent.destroy()
      await server[Symbol.asyncDispose]()
      await dir[Symbol.asyncDispose]()
    },
  }
}

/** An endless stream, with how much of it was taken. */
function endless() {
  const state = { taken: 0, isEnded: false }
  const stream = (async function* () {
    try {
      for (;;) {
        state.taken += 65_536
        yield Buffer.alloc(65_536)
      }
    } finally {
      state.isEnded = true
    }
  })()
  return { state, stream }
}

test('bodies stream both ways, whatever their length', async () => {
  const megabytes = 12
  await using docker = await dockerOf({
    '/images/load': async (request: IncomingMessage, response) => {
      let bytes = 0
      for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length
      response.end(JSON.stringify({ stream: `${request.headers['content-type']} ${bytes}` }))
    },
    '/images/get': (_, response) => {
      for (let i = 0; i < megabytes; i++) response.write(Buffer.alloc(1024 * 1024))
      response.end()
    },
  })
  const tar = (async function* () {
    for (let i = 0; i < megabytes; i++) yield Buffer.alloc(1024 * 1024)
  })()
  const answer = await docker.send({ method: 'POST', path: '/images/load', tar, signal: never })
  expect(await readText(answer, 1000)).toContain(`application/x-tar ${megabytes * 1024 * 1024}`)
  let bytes = 0
  for await (const chunk of await docker.send({ method: 'GET', path: '/images/get', signal: never })) bytes += chunk.length
  expect(bytes).toBe(megabytes * 1024 * 1024)
})

test('Docker may refuse before it has read the body: its reason is told, and the source is let go', async () => {
  await using docker = await dockerOf({ '/containers/x/archive': (_, response) => response.writeHead(500).end('{"message":"no space left on device"}') })
  const { state, stream } = endless()
  const refused = docker.send({ method: 'PUT', path: '/containers/x/archive?path=/', tar: stream, signal: never })
  await expect(refused).rejects.toBeInstanceOf(DockerRefusal)
  await expect(refused).rejects.toMatchObject({ code: 'docker.refused', status: 500, message: 'Docker refused PUT /containers/x/archive: no space left on device (HTTP 500)' })
  await expect.poll(() => state.isEnded).toBe(true)
})

test('a Docker that does not read holds the source back, and is given up when nothing moves', async () => {
  await using docker = await dockerOf({ '/images/load': () => undefined })
  const { state, stream } = endless()
  const sent = docker.send({ method: 'POST', path: '/images/load', tar: stream, signal: never, silenceMs: 100 })
  await expect(sent).rejects.toMatchObject({ code: 'docker.unreachable', message: 'Docker kept silent for 0.1 s during POST /images/load' })
  expect(state.taken).toBeLessThan(8 * 1024 * 1024)
  await expect.poll(() => state.isEnded).toBe(true)
})

test('an answer that stops in the middle is given up; a reader that is slow is not, nor an answer that may rest', async () => {
  const events = Promise.withResolvers<ServerResponse>()
  await using docker = await dockerOf({
    '/images/get': (_, response) => void response.write('part'),
    '/info': (_, response) => response.end('whole'),
    '/events': (_, response) => response.write('first', () => events.resolve(response)),
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const stuck = await docker.send({ method: 'GET', path: '/images/get', signal: never })
  await stuck.next()
  const slow = await docker.send({ method: 'GET', path: '/info', signal: never })
  const resting = await docker.send({ method: 'GET', path: '/events', signal: never, mayRest: true })
  await resting.next()
  const [stopped, more] = [stuck.next(), resting.next()]
  vi.advanceTimersByTime(3_600_000)
  await expect(stopped).rejects.toMatchObject({ code: 'docker.unreachable', message: expect.stringContaining('kept silent') })
  expect(await readText(slow, 1000)).toBe('whole')
  ;(await events.promise).end('second')
  expect(String((await more).value)).toBe('second')
})

test('an answer that is cut off is an error, never an end', async () => {
  await using docker = await dockerOf({ '/images/get': (request, response) => response.write('part', () => request.socket.destroy()) })
  await expect(docker.send({ method: 'GET', path: '/images/get', signal: never }).then((body) => readText(body, 1000))).rejects.toMatchObject({ code: 'docker.unreachable' })
})

test('the signal ends a request at any point, with its own reason', async () => {
  await using docker = await dockerOf({ '/images/load': () => undefined, '/images/get': (_, response) => void response.write('part') })
  const reason = new Error('the user left')
  await expect(docker.send({ method: 'GET', path: '/images/get', signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const abort = new AbortController()
  const { state, stream } = endless()
  const uploading = docker.send({ method: 'POST', path: '/images/load', tar: stream, signal: abort.signal })
  const body = await docker.send({ method: 'GET', path: '/images/get', signal: abort.signal })
  const reading = readText(body, 1000)
  abort.abort(reason)
  await expect(uploading).rejects.toBe(reason)
  await expect(reading).rejects.toBe(reason)
  await expect.poll(() => state.isEnded).toBe(true)
})

test('what the source of a body throws is what the request throws', async () => {
  await using docker = await dockerOf({ '/images/load': () => undefined })
  const broken = (async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10)
    throw new DockerRefusal(400, 'the source', 'it broke')
  })()
  await expect(docker.send({ method: 'POST', path: '/images/load', tar: broken, signal: never })).rejects.toMatchObject({ message: expect.stringContaining('it broke') })
})

test('connections are used again once an answer was read, and a stale one is replaced', async () => {
  const sockets = new Set<unknown>()
  let isClosing = false
  await using docker = await dockerOf({
    '/a': (request, response) => {
      sockets.add(request.socket)
      response.end('a', () => isClosing && request.socket.destroy())
    },
  })
  const get = async (): Promise<string> => readText(await docker.send({ method: 'GET', path: '/a', signal: never }), 100)
  await get()
  await get()
  isClosing = true
  await get()
  await get()
  expect(sockets.size).toBeGreaterThan(1)
})

test('no limit of the past holds a listener or a timer', async () => {
  await using docker = await dockerOf({ '/a': (_, response) => response.end('a') })
  const abort = new AbortController()
  let listeners = 0
  const signal = new Proxy(abort.signal, {
    get: (target, key) => {
      if (key === 'addEventListener') return () => void listeners++
      if (key === 'removeEventListener') return () => void listeners--
      return Reflect.get(target, key, target) as unknown
    },
  })
  for (let i = 0; i < 5; i++) await readText(await docker.send({ method: 'GET', path: '/a', signal }), 100)
  expect(listeners).toBe(0)
})

test('an error in the lines after HTTP 200 is one', async () => {
  await using docker = await dockerOf({ '/images/load': (request, response) => void once(request.resume(), 'end').then(() => response.end('{"stream":"x"}\n{"errorDetail":{"message":"bad"},"error":"bad layer"}\n')) })
  const objects = new DockerObjects(docker.send, never)
  const tar = (async function* () {
    yield Buffer.alloc(1024)
  })()
  await expect(objects.loadImages(tar)).rejects.toMatchObject({ code: 'docker.refused', message: expect.stringContaining('bad layer') })
})

test("an answer that is not Docker's is a clear error", async () => {
  await using docker = await dockerOf({ '/volumes': (_, response) => response.end('{"Volumes":[{"Name":1}]}'), '/networks': (_, response) => response.end('<html>') })
  const objects = new DockerObjects(docker.send, never)
  await expect(objects.volumes()).rejects.toMatchObject({ code: 'docker.unreachable' })
  await expect(objects.networks()).rejects.toMatchObject({ code: 'docker.unreachable' })
  expect(await objects.volume('nothing')).toBeUndefined()
})
