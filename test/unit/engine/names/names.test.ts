import { duplexPair } from 'node:stream'
import type { Duplex } from 'node:stream'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { HostLookup } from '#engine/names/host-lookup.ts'
import { HostResolver } from '#engine/names/host-resolver.ts'
import { encodeFrame, frameSplitter, type NameFrame } from '#engine/names/name-frames.ts'
import { serveNames } from '#engine/names/names.ts'
import { query } from '../../../fixtures/dns/dns-server.ts'

const resolver = new HostResolver({ lookup: new HostLookup(async () => [{ address: '192.0.2.1', family: 4 }]), servers: () => [] })
const signal = new AbortController().signal

function question(serial: number, message: Buffer): Buffer {
  return encodeFrame(serial, message)
}

/** Serves names over ports made on demand; `guest` gives the guest's end of the newest. */
async function served(): Promise<{ guest: () => Duplex; host: () => Duplex; opened: () => number; domains: string[][]; names: AsyncDisposable }> {
  const ends: Duplex[] = []
  const hosts: Duplex[] = []
  const domains: string[][] = []
  const openPort = async (): Promise<Duplex> => {
    const [guest, host] = duplexPair()
    guest.on('error', () => undefined)
    ends.push(guest)
    hosts.push(host)
    return host
  }
  const names = await serveNames({ openPort, setSearchDomains: (list) => void domains.push([...list]), log: silentLogger, resolver }, signal)
  return { guest: () => ends.at(-1) as Duplex, host: () => hosts.at(-1) as Duplex, opened: () => ends.length, domains, names }
}

test('every question gets the answer with its serial, however the bytes are cut', async () => {
  const on = await served()
  await using _names = on.names
  const answers = new Map<number, Buffer>()
  const both = Promise.withResolvers<void>()
  on.guest().on('data', frameSplitterOfAnswers((serial, message) => void (answers.set(serial, message).size === 2 && both.resolve())))
  const bytes = Buffer.concat([question(7, query('a.test', 1, { id: 1 })), question(8, query('b.test', 28, { id: 2 }))])
  for (let at = 0; at < bytes.length; at += 5) on.guest().write(bytes.subarray(at, at + 5))
  await both.promise
  expect(answers.get(7)?.subarray(-4)).toEqual(Buffer.from([192, 0, 2, 1]))
  expect(answers.get(8)?.readUInt16BE(0)).toBe(2)
  expect(answers.get(8)?.readUInt16BE(6)).toBe(0)
})

test('what is no DNS query is sent back empty, for the guest to ask elsewhere', async () => {
  const on = await served()
  await using _names = on.names
  on.guest().write(question(9, Buffer.from('nonsense')))
  const [answer] = (await once(on.guest(), 'data')) as [Buffer]
  expect(answer).toEqual(encodeFrame(9, Buffer.alloc(0)))
})

test('a guest that sends no frames begins anew a few times and is then given up', async () => {
  const on = await served()
  await using _names = on.names
  for (let i = 1; i <= 5; i++) {
    expect(on.opened()).toBe(i)
    const closed = once(on.host(), 'close')
    on.guest().write(Buffer.alloc(64, 0xff))
    await closed
    await new Promise(setImmediate)
  }
  expect(on.opened()).toBe(5)
})

test('the guest learns the search list once, at the beginning', async () => {
  const on = await served()
  await using _names = on.names
  expect(on.domains).toHaveLength(1)
})

test('frames of the guest tell transport and serial; a length no question has is refused', () => {
  const frames: NameFrame[] = []
  const split = frameSplitter((frame) => frames.push(frame))
  const byTcp = question(0xffff_ffff, Buffer.from('x'))
  byTcp[4] = 0x54
  split(Buffer.concat([byTcp, question(1, Buffer.alloc(0))]))
  expect(frames.map(({ serial, transport, message }) => [serial, transport, message.length])).toEqual([[0xffff_ffff, 'tcp', 1], [1, 'udp', 0]])
  expect(() => split(Buffer.from([0, 0, 0, 1, 0x55, 0xff, 0xff]))).toThrow('no question')
})

function frameSplitterOfAnswers(onAnswer: (serial: number, message: Buffer) => void): (chunk: Buffer) => void {
  return frameSplitter(({ serial, message }) => onAnswer(serial, message))
}
