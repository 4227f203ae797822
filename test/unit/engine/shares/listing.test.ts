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
/** Where the page after this one begins; undefined at the end. */
const afterPage = (data: Buffer): number | undefined => {
  let offset: number | undefined
  for (let at = 0; at < data.length; at += (152 + data.readUInt32LE(at + 144) + 7) & ~7) offset = Number(data.readBigUInt64LE(at + 136))
  return offset
}
/** Up to its end, as the kernel does: each piece from the last cookie of the one before. */
const listAll = async (guest: FakeKernel, from = 0): Promise<void> => {
  for (let offset: number | undefined = from; offset !== undefined; ) {
    const { errno, data } = await listFrom(guest, offset)
    expect(errno).toBe(0)
    offset = afterPage(data)
  }
}
const isDropped = (guest: FakeKernel): boolean => guest.listedAnew.includes(root)

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
  // And again, ever more seldom, for it may have been listed in the guest meanwhile: after 3, 9 and 21 reads.
  for (const name of names.slice(4)) await guest.read((await guest.lookup(root, name)).node)
  expect(guest.listedAnew).toEqual([root, root, root])
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

it('a folder is listed anew after many folders in it were listed, not before its own listing has ended', async () => {
  await using guest = await kernel()
  const names = Array.from({ length: 30 }, (_, i) => `d${i}`)
  for (const name of names) mkdirSync(join(guest.root, name))
  await listAll(guest)
  const list = async (name: string): Promise<unknown> => await listFrom(guest, 0, (await guest.lookup(root, name)).node)
  for (const name of names.slice(0, 2)) await list(name)
  expect(guest.listedAnew).toEqual([])
  await list('d2')
  expect(guest.listedAnew).toEqual([root])
  // As programs do that go down as they list: its end is asked for last.
  const second = afterPage((await listFrom(guest, 0)).data)
  for (const name of names) await list(name)
  expect(guest.listedAnew).toEqual([root])
  await listAll(guest, second)
  expect(guest.listedAnew).toEqual([root, root])
})
