import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { relayTcp } from '#engine/ports/tcp-relay.ts'
import { relayUdp } from '#engine/ports/udp-relay.ts'

async function listen(onConnection: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, server }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '::1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('an IPv6 port led on to IPv4', () => {
  test('carries 8 MiB each way at once, half-closes included', async () => {
    const { port: target, server } = await listen((socket) => socket.pipe(socket))
    const port = await freePort()
    await using _relay = await relayTcp({ host: '::1', port, target: { address: '127.0.0.1', port: target } })
    const client = connect({ host: '::1', port, allowHalfOpen: true })
    const sent = Buffer.alloc(8 * 1024 * 1024, 'cove')
    client.end(sent)
    expect(Buffer.concat(await client.toArray()).equals(sent)).toBe(true)
    server.close()
  })

  test('tells a client when the other end breaks, and ends with its connections', async () => {
    const { port: target, server } = await listen((socket) => socket.resetAndDestroy())
    const port = await freePort()
    const relay = await relayTcp({ host: '::1', port, target: { address: '127.0.0.1', port: target } })
    const broken = connect({ host: '::1', port }).on('error', () => undefined)
    await once(broken, 'close')
    server.close()
    await once(server, 'close')
    const refused = connect({ host: '::1', port }).on('error', () => undefined)
    await once(refused, 'close')
    await relay[Symbol.asyncDispose]()
    await expect(once(connect({ host: '::1', port }), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('says that the port is busy', async () => {
    const port = await freePort()
    const place = { host: '::1', port, target: { address: '127.0.0.1', port: 1 } }
    await using _tcp = await relayTcp(place)
    await expect(relayTcp(place)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await using _udp = await relayUdp(place)
    await expect(relayUdp(place)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('brings each UDP client its own answers', async () => {
    const echo = createSocket('udp4').bind(0, '127.0.0.1')
    echo.on('message', (data, { port, address }) => echo.send(`echo ${data.toString()}`, port, address))
    await once(echo, 'listening')
    const port = await freePort()
    await using _relay = await relayUdp({ host: '::1', port, target: { address: '127.0.0.1', port: echo.address().port } })
    const clients = ['a', 'b', 'c'].map((name) => ({ name, socket: createSocket('udp6') }))
    const answers = clients.map(async ({ name, socket }) => {
      socket.send(name, port, '::1')
      const [data] = (await once(socket, 'message')) as [Buffer]
      return data.toString()
    })
    expect(await Promise.all(answers)).toEqual(['echo a', 'echo b', 'echo c'])
    for (const { socket } of clients) socket.close()
    echo.close()
  })
})
