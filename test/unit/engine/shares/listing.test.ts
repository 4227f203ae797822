import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FakeKernel } from './fake-kernel.ts'
import { bigs, numbers } from './kernel-records.ts'

const root = 1

async function kernel(): Promise<FakeKernel> {
  const made = new FakeKernel()
  mkdirSync(made.root)
  await made.start()
  return made
}

const readdirplus = 44
const listFrom = (guest: FakeKernel, offset: number, folder = root) => guest.ask(readdirplus, folder, Buffer.concat([bigs(0, offset), numbers(4096, 0), bigs(0), numbers(0, 0)]))
/** Up to its end, as the kernel does: each piece from the last cookie of the one before. */
const listAll = async (guest: FakeKernel): Promise<void> => {
  for (let offset = 0, length = 1; length > 0; ) {
    const { errno, data } = await listFrom(guest, offset)
    expect(errno).toBe(0)
    length = data.length
    for (let at = 0; at < length; at += (152 + data.readUInt32LE(at + 144) + 7) & ~7) offset = Number(data.readBigUInt64LE(at + 136))
  }
}
const isDropped = (guest: FakeKernel): boolean => guest.notices.some(({ kind, node }) => kind === 'node' && node === root)

it('a folder is listed anew once so many of its files were read that asking for the attributes of each would take longer', async () => {
  await using guest = await kernel()
  const names = Array.from({ length: 30 }, (_, i) => `f${i}`)
  for (const name of names) writeFileSync(join(guest.root, name), name)
  await listAll(guest)
  guest.notices.length = 0
  const droppedAfter: boolean[] = []
  for (const name of names.slice(0, 4)) {
    const { node } = await guest.lookup(root, name)
    await guest.read(node)
    droppedAfter.push(isDropped(guest))
  }
  expect(droppedAfter).toEqual([false, false, true, true])
  expect(guest.notices.filter(({ kind, node }) => kind === 'node' && node === root)).toHaveLength(1)
})

it('a folder is not dropped while it is being listed: the kernel would never keep its listing again', async () => {
  await using guest = await kernel()
  const names = Array.from({ length: 60 }, (_, i) => `f${i}`)
  for (const name of names) writeFileSync(join(guest.root, name), name)
  await listAll(guest)
  expect((await listFrom(guest, 0)).errno).toBe(0)
  guest.notices.length = 0
  for (const name of names) await guest.read((await guest.lookup(root, name)).node)
  expect(isDropped(guest)).toBe(false)
})

it('a folder is not listed anew because folders in it were listed: the guest knows their attributes', async () => {
  await using guest = await kernel()
  const names = Array.from({ length: 30 }, (_, i) => `d${i}`)
  for (const name of names) mkdirSync(join(guest.root, name))
  await listAll(guest)
  guest.notices.length = 0
  for (const name of names) expect((await listFrom(guest, 0, (await guest.lookup(root, name)).node)).errno).toBe(0)
  expect(isDropped(guest)).toBe(false)
})
