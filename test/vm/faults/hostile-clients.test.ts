import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { dockerOk, status } from '../fixtures/run.ts'

const before = status()

describe.for(['docker.sock', 'engine.sock'])('hostile clients of %s', (name) => {
  afterEach(async () => {
    expect(await dockerOk(['version', '--format', '{{.Server.Os}}'])).toBe('linux')
    const now = await status()
    expect(now).toMatchObject({ state: 'running', engine: { pid: (await before).engine?.pid }, vm: { pid: (await before).vm?.pid } })
  })

  it('X3 malformed requests are answered or dropped, and nothing dies', async () => {
    const requests = ['\0\0\0\0\xff\xfe garbage\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nnot a chunk\r\n\r\n', 'GET /rpc HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: short\r\n\r\n']
    await Promise.all(requests.map(async (request) => {
      await using client = await dial(name)
      client.socket.end(Buffer.from(request, 'latin1'))
      await client.closed(30_000)
    }))
  })

  it('X3 oversized headers and bodies end without being swallowed whole', async () => {
    await using headers = await dial(name)
    headers.flood('GET /_ping HTTP/1.1\r\nHost: x\r\nX-Long: ', Buffer.alloc(64 * 1024, 'a'), 32)
    await using body = await dial(name)
    body.flood('POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n', Buffer.alloc(64 * 1024, ' '), 256)
    await headers.closed(30_000)
    body.socket.destroy()
  })

  it('X3 slow and silent clients keep nobody else waiting', async () => {
    const silent = await Promise.all(Array.from({ length: 200 }, () => dial(name)))
    await using slow = await dial(name)
    for (const letter of 'GET /_pi') {
      slow.socket.write(letter)
      await after(50)
    }
    const started = performance.now()
    await dockerOk(['version', '--format', '{{.Server.Os}}'])
    expect(performance.now() - started).toBeLessThan(10_000)
    for (const client of silent) client.socket.destroy()
  })

  it('X3 clients that leave in the middle of an answer, half-closed or not, leave nothing behind', async () => {
    const request = 'GET /events HTTP/1.1\r\nHost: x\r\n\r\n'
    const halfClosed = await dial(name)
    halfClosed.socket.end(request)
    const gone = await dial(name)
    gone.socket.write(request)
    await after(500)
    gone.socket.destroy()
    halfClosed.socket.destroy()
    await Promise.all(Array.from({ length: 100 }, async () => {
      const client = await dial(name)
      client.socket.write(request.slice(0, 20))
      client.socket.destroy()
    }))
  })
})

interface Client extends AsyncDisposable {
  socket: Socket
  /** Resolves when the other side has closed. @throws Error when it has not within the limit. */
  closed(limitMs: number): Promise<void>
  /** Writes a head and then many times a block, without waiting, as a flood does. */
  flood(head: string, block: Buffer, times: number): void
}

async function dial(name: string): Promise<Client> {
  const socket = connect(join(inject('cove').home, name))
  await once(socket, 'connect')
  socket.on('error', () => undefined).resume()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    socket,
    closed: async (limitMs) => {
      const late = new AbortController()
      await Promise.race([closed, after(limitMs, undefined, { signal: late.signal }).then(() => Promise.reject(new Error(`${name} kept a bad client for ${limitMs} ms`)))])
      late.abort()
    },
    flood: (head, block, times) => {
      socket.write(head)
      for (let i = 0; i < times; i++) socket.write(block)
    },
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  }
}
