import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MessageLine, relayToThread } from '#engine/shares/port/message-line.ts'
import { FakeKernel } from './fake-kernel.ts'

const root = 1

it('carries bytes however they are cut, and does not run ahead of who reads', async () => {
  const [guest, ours] = duplexPair()
  using relay = relayToThread(ours)
  const line = new MessageLine(relay.end)
  const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251))
  let taken = 0
  const writing = (async () => {
    for (; taken < sent.length; taken += 70_001) if (!guest.write(sent.subarray(taken, taken + 70_001))) await once(guest, 'drain')
    guest.end()
  })()
  for (let i = 0; i < 500; i++) await turn()
  expect(taken).toBeLessThan(1_000_000)
  const received: Buffer[] = []
  let bytes = 0
  for await (const chunk of line as AsyncIterable<Buffer>) {
    received.push(chunk)
    if ((bytes += chunk.length) === sent.length) break
  }
  await writing
  expect(Buffer.concat(received).equals(sent)).toBe(true)
})

it('leaves the port open for the next thread when one ends, and ends with the port', async () => {
  const [guest, ours] = duplexPair()
  const first = relayToThread(ours)
  const one = new MessageLine(first.end)
  guest.write('1')
  expect(String((await once(one, 'data'))[0])).toBe('1')
  one.destroy()
  first[Symbol.dispose]()
  guest.write('2')
  using second = relayToThread(ours)
  const two = new MessageLine(second.end)
  expect(String((await once(two, 'data'))[0])).toBe('2')
  two.write('x')
  expect(String((await once(guest, 'data'))[0])).toBe('x')
  const closed = once(two, 'close')
  ours.destroy()
  await closed
})

it('is enough for the file server, and for the next one after it', async () => {
  await using guest = new FakeKernel({ isHeld: true })
  mkdirSync(guest.root)
  await guest.start()
  const file = await guest.create(root, 'a')
  const text = 'hello '.repeat(20_000)
  expect((await guest.write(file.node, text)).errno).toBe(0)
  expect(readFileSync(join(guest.root, 'a'), 'utf8')).toBe(text)
  await guest.killServer()
  await guest.start()
  expect((await guest.read(file.node, text.length)).toString()).toBe(text)
})
