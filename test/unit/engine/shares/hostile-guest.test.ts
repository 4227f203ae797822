import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakeKernel } from './fake-kernel.ts'
import { bigs, frameOf, nul, numbers } from './kernel-records.ts'

/** A generator of the same numbers each time (mulberry32), so that a failure can be looked into. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

describe('a hostile guest', () => {
  it('gets an error for whatever it asks, and harms nothing outside the share', async () => {
    await using guest = new FakeKernel()
    mkdirSync(guest.root)
    await guest.start()
    const outside = join(guest.root, '..')
    writeFileSync(join(outside, 'precious'), 'precious')
    const before = readdirSync(outside).sort()
    const random = seeded(20261122)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const names = ['a', 'b', '..', '../precious', '/etc/passwd', '.', '', 'x'.repeat(300), 'd', 'l', '\xff']
    const bodies = [
      () => Buffer.alloc(0),
      () => Buffer.from(Array.from({ length: Math.floor(random() * 120) }, () => Math.floor(random() * 256))),
      () => Buffer.concat([numbers(pick([0, 0o100644, 0o040755, 0o020666, 0xffffffff]), 0, 0, 0), nul(pick(names))]),
      () => nul(pick(names)),
      () => Buffer.concat([nul(pick(names)), nul(pick(names))]),
      () => Buffer.concat([bigs(pick([0, 1, 2, 3, 0xffffffff])), numbers(pick([0, 1, 7]), 0), nul(pick(names)), nul(pick(names))]),
      () => Buffer.concat([bigs(0, pick([0, 1, 2 ** 40])), numbers(pick([0, 10, 0x7fffffff]), 0), bigs(0), numbers(0, 0), Buffer.from('data')]),
      () => bigs(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    ]
    // Of what is silent by nature the next answer tells that it was survived.
    const silent = new Set([2, 36, 42])
    for (let round = 0; round < 4000; round++) {
      const opcode = Math.floor(random() * 60)
      const asked = guest.ask(opcode, pick([0, 1, 1, 1, 2, 3, 4, 5, 77, 0xffffffff]), pick(bodies)(), { isReplayed: random() < 0.1, pid: pick([1, guest.eventProcess]) })
      if (silent.has(opcode)) asked.catch(() => undefined)
      else expect((await asked).errno).toBeGreaterThanOrEqual(0)
    }
    expect((await guest.ask(17, 1)).errno).toBe(0)
    expect(readdirSync(outside).filter((name) => !name.startsWith('share-')).sort()).toEqual(before.filter((name) => !name.startsWith('share-')))
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious')
  })

  it('that speaks nonsense on the port is greeted anew', async () => {
    await using guest = new FakeKernel()
    mkdirSync(guest.root)
    await guest.start()
    for (const nonsense of [Buffer.alloc(64, 0xff), Buffer.from([8, 0, 0, 0, 6, 0, 0, 0]), Buffer.alloc(200), Buffer.from('no frame at all')]) {
      const greeted = new Promise<void>((resolve) => (guest.onMeeting = resolve))
      guest.raw(nonsense)
      await greeted
      expect((await guest.ask(17, 1)).errno).toBe(0)
    }
    for (const unknown of [frameOf(2, Buffer.alloc(3)), frameOf(99, Buffer.alloc(10)), frameOf(1, Buffer.alloc(1)), frameOf(3, Buffer.alloc(0))]) {
      guest.raw(unknown)
      expect((await guest.ask(17, 1)).errno).toBe(0)
    }
  })

  it('cannot make the server hold more than one message of it', async () => {
    await using guest = new FakeKernel()
    mkdirSync(guest.root)
    await guest.start()
    const head = Buffer.alloc(8)
    head.writeUInt32LE(200_000, 0)
    guest.raw(head)
    for (let i = 0; i < 24; i++) guest.raw(Buffer.alloc(8000))
    guest.raw(Buffer.alloc(200_000 - 8 - 24 * 8000))
    expect((await guest.ask(17, 1)).errno).toBe(0)
  })
})
