import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeFrame, frameSplitter } from '#engine/names/name-frames.ts'
import { type DnsServer, query, replyTo, startDnsServer } from '../../../fixtures/dns/dns-server.ts'
import { Harness } from './supervisor-harness.ts'

let harness: Harness
/** In the place of QEMU's name server. */
let fallback: DnsServer

beforeAll(async () => {
  harness = new Harness()
  fallback = await startDnsServer((message) => replyTo(message, 0, [Buffer.from([192, 0, 2, 99])]))
}, 60_000)
afterAll(async () => {
  harness[Symbol.dispose]()
  await fallback[Symbol.asyncDispose]()
})

/** Our name service with an engine (or none) that gives 192.0.2.1 for everything. */
async function serve(engine: 'answers' | 'is silent' | 'does not know'): Promise<{ client: Resolver; tcp: number; port: Duplex }> {
  const { udp, tcp, port } = await harness.names(fallback.port)
  port.on('error', () => undefined)
  port.on('data', frameSplitter(({ serial, message }) => {
    if (engine === 'answers') port.write(encodeFrame(serial, replyTo(message, 0, [Buffer.from([192, 0, 2, 1])])))
    else if (engine === 'does not know') port.write(encodeFrame(serial, Buffer.alloc(0)))
  }))
  const client = new Resolver({ timeout: 8000, tries: 1 })
  client.setServers([`127.0.0.1:${udp}`])
  return { client, tcp, port }
}

describe('a question for a name', () => {
  it('is answered by the engine', async () => {
    const { client } = await serve('answers')
    const names = Array.from({ length: 200 }, (_, i) => `name-${i}.test`)
    expect(await Promise.all(names.map((name) => client.resolve4(name)))).toEqual(names.map(() => ['192.0.2.1']))
  })

  it('goes to QEMU\'s name server when the engine does not know, is silent or goes away', async () => {
    const unknowing = await serve('does not know')
    expect(await unknowing.client.resolve4('a.test')).toEqual(['192.0.2.99'])
    const silent = await serve('is silent')
    const began = performance.now()
    expect(await silent.client.resolve4('a.test')).toEqual(['192.0.2.99'])
    expect(performance.now() - began).toBeGreaterThan(2500)
    const leaving = await serve('is silent')
    const answer = leaving.client.resolve4('a.test')
    await once(leaving.port, 'data')
    leaving.port.destroy()
    const left = performance.now()
    expect(await answer).toEqual(['192.0.2.99'])
    expect(await leaving.client.resolve4('b.test')).toEqual(['192.0.2.99'])
    expect(performance.now() - left).toBeLessThan(2000)
  })

  it('that means the host is answered by the guest alone', async () => {
    const { client, port } = await serve('is silent')
    for (const name of ['host.docker.internal', 'Gateway.Docker.INTERNAL']) expect(await client.resolve4(name)).toEqual(['10.0.2.2'])
    await expect(client.resolve6('host.docker.internal')).rejects.toMatchObject({ code: 'ENODATA' })
    port.destroy()
    expect(await client.resolve4('host.docker.internal')).toEqual(['10.0.2.2'])
  })

  it('survives rubbish by UDP and from the engine', async () => {
    const { client, port } = await serve('answers')
    port.write(encodeFrame(12_345, Buffer.alloc(40)))
    for (const message of [Buffer.alloc(0), Buffer.alloc(5), Buffer.alloc(4000, 0xff), query('a.test', 1).subarray(0, 15)]) await send(client, message)
    expect(await client.resolve4('a.test')).toEqual(['192.0.2.1'])
  })
})

describe('questions by TCP', () => {
  it('are answered one after another, cut as they come', async () => {
    const { tcp } = await serve('answers')
    const socket = connect(tcp, '127.0.0.1')
    const bytes = Buffer.concat([1, 2, 3].map((id) => withLength(query(`name-${id}.test`, 1, { id }))))
    for (let at = 0; at < bytes.length; at += 9) socket.write(bytes.subarray(at, at + 9))
    expect((await replies(socket, 3)).map((reply) => reply.readUInt16BE(0))).toEqual([1, 2, 3])
    socket.destroy()
  })

  it('too long, empty or none end the connection; more clients than there is room push out the oldest', async () => {
    const { tcp } = await serve('answers')
    for (const bytes of [Buffer.from([0xff, 0xff, 1]), Buffer.from([0, 0]), withLength(Buffer.alloc(20))]) {
      const socket = connect(tcp, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(bytes)
      await once(socket.resume(), 'close')
    }
    const idle = Array.from({ length: 20 }, () => connect(tcp, '127.0.0.1'))
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    const late = connect(tcp, '127.0.0.1')
    late.write(withLength(query('late.test', 1)))
    expect(await replies(late, 1)).toHaveLength(1)
    for (const socket of [...idle, late]) socket.destroy()
  })
})

async function send(client: Resolver, message: Buffer): Promise<void> {
  const { createSocket } = await import('node:dgram')
  const socket = createSocket('udp4')
  const port = Number(client.getServers()[0]?.split(':')[1])
  await new Promise<void>((resolve) => socket.send(message, port, '127.0.0.1', () => resolve()))
  socket.close()
}

function withLength(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message])
}

async function replies(socket: Socket, count: number): Promise<Buffer[]> {
  const found: Buffer[] = []
  let held = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      found.push(held.subarray(2, 2 + held.readUInt16BE(0)))
      held = held.subarray(2 + held.readUInt16BE(0))
    }
    if (found.length >= count) break
  }
  return found
}
