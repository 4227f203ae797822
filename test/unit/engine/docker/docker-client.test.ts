import { mkdtempDisposable } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { silentLogger } from '#base/log.ts'
import { createDockerClient } from '#engine/docker/docker-client.ts'
import { openTunnel } from '#engine/tunnel/open-tunnel.ts'
import { type Routes, startDockerServer } from '../../../fixtures/sshd/guest-servers.ts'
import { startSshd } from '../../../fixtures/sshd/sshd.ts'

/** Streams to a socket of this machine, counted; like a tunnel's they are no net.Socket, which node:http treats apart. */
function opener(path: string) {
  const streams: Duplex[] = []
  const openSocket = async (): Promise<Duplex> => {
    const socket = connect({ path, allowHalfOpen: true })
    const stream = Duplex.from({ readable: socket, writable: socket })
    stream.on('error', () => undefined)
    streams.push(stream)
    return stream
  }
  return { streams, openSocket }
}

/** A turn of the event loop, in which node:http puts a connection back. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

const tempDir = () => mkdtempDisposable(join(tmpdir(), 'cove-docker-'))

describe('through the tunnel', () => {
  test('the client asks Docker in the guest over a channel', async () => {
    await using sshd = await startSshd()
    await using docker = await startDockerServer(join(sshd.dir, 'docker.sock'))
    await using tunnel = openTunnel({ target: sshd.target, log: silentLogger })
    using client = createDockerClient({ openSocket: (signal) => tunnel.openSocket(docker.path, signal) })
    await client.ping()
    expect(await client.version()).toEqual({ version: '28.5.2', apiVersion: '1.51' })
    expect(await client.info()).toMatchObject({ id: 'guest', containers: 3 })
    expect(docker.open).toBe(1)
  })

  test('a Docker that is not there is a clear error', async () => {
    await using sshd = await startSshd()
    await using tunnel = openTunnel({ target: sshd.target, log: silentLogger })
    using client = createDockerClient({ openSocket: (signal) => tunnel.openSocket('/nowhere.sock', signal) })
    await expect(client.ping()).rejects.toMatchObject({ code: 'tunnel.unreachable', message: expect.stringContaining('/nowhere.sock') })
  })
})

describe('connections', () => {
  test('requests in turn share one connection, and disposing closes it', async () => {
    await using dir = await tempDir()
    await using docker = await startDockerServer(join(dir.path, 'd.sock'))
    const { streams, openSocket } = opener(docker.path)
    const client = createDockerClient({ openSocket })
    for (let index = 0; index < 5; index += 1) {
      await client.ping()
      await turn()
    }
    expect(streams).toHaveLength(1)
    const listeners = (): number => streams[0]?.listenerCount('error') ?? 0
    const before = listeners()
    await client.ping()
    await turn()
    expect(listeners()).toBe(before)
    client[Symbol.dispose]()
    await docker.drained()
  })

  test('a kept connection that Docker closed is not used again', async () => {
    await using dir = await tempDir()
    await using docker = await startDockerServer(join(dir.path, 'd.sock'), {
      '/_ping': ({ socket }, response) => response.end('OK', () => setTimeout(() => socket.end(), 10)),
    })
    const { streams, openSocket } = opener(docker.path)
    using client = createDockerClient({ openSocket })
    await client.ping()
    await docker.drained()
    await client.ping()
    expect(streams).toHaveLength(2)
  })
})

describe('a ping', () => {
  const named = { Server: 'Docker/28.5.2+dfsg4 (linux)', 'Api-Version': '1.51' }
  const answers: [string, Record<string, string>, unknown][] = [
    ['tells the version that every answer of Docker names', named, { version: '28.5.2+dfsg4', apiVersion: '1.51' }],
    ['of a Docker that does not name its own is answered all the same', { 'Api-Version': '1.51' }, undefined],
    ["of something that is not Docker names no Docker's version", { Server: 'nginx/1.27', 'Api-Version': '1.51' }, undefined],
    ["of one that does not name its API's version names none", { Server: named.Server }, undefined],
  ]
  test.each(answers)('%s', async (_title, headers, version) => {
    await using dir = await tempDir()
    await using docker = await startDockerServer(join(dir.path, 'd.sock'), { '/_ping': (_, response) => response.writeHead(200, headers).end('OK') })
    using client = createDockerClient(opener(docker.path))
    expect(await client.ping()).toEqual(version)
  })
})

describe('failures', () => {
  const failing: Routes = {
    '/version': (_, response) => response.writeHead(500).end('{"message":"out of luck"}'),
    '/info': (_, response) => response.end('{"ID":1}'),
    '/_ping': () => undefined,
  }

  test("Docker's own error is told with its status and message", async () => {
    await using dir = await tempDir()
    await using docker = await startDockerServer(join(dir.path, 'd.sock'), failing)
    using client = createDockerClient(opener(docker.path))
    await expect(client.version()).rejects.toMatchObject({ code: 'docker.refused', message: 'Docker refused GET /version: out of luck (HTTP 500)' })
    await expect(client.info()).rejects.toMatchObject({ code: 'docker.unreachable' })
  })

  test('a Docker that never answers ends at the limit or the signal, and its connection with it', async () => {
    await using dir = await tempDir()
    await using docker = await startDockerServer(join(dir.path, 'd.sock'), failing)
    using client = createDockerClient({ ...opener(docker.path), requestMs: 50 })
    await expect(client.ping()).rejects.toMatchObject({ code: 'docker.unreachable', message: 'waited 0.05 s for Docker to answer GET /_ping' })
    const reason = new Error('the user went away')
    await expect(client.ping(AbortSignal.abort(reason))).rejects.toBe(reason)
    await docker.drained()
  })

  test("the tunnel's error is passed on as it is", async () => {
    const error = new CoveError('tunnel.unreachable', { message: 'the guest is asleep' })
    using client = createDockerClient({ openSocket: () => Promise.reject(error) })
    await expect(client.ping()).rejects.toBe(error)
  })
})
