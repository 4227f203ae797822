import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errno } from '#engine/shares/fuse/protocol.ts'
import { errnoOf, FakeKernel, KernelError } from './fake-kernel.ts'
import { bigs, nul, numbers } from './kernel-records.ts'

const opcode = { forget: 2, getattr: 3, readlink: 5, symlink: 6, unlink: 10, rmdir: 11, rename: 12, link: 13, statfs: 17, readdir: 28, access: 34, fallocate: 43, readdirplus: 44, rename2: 45, copy: 47 }
const root = 1

async function kernel(options: ConstructorParameters<typeof FakeKernel>[0] = {}): Promise<FakeKernel> {
  const made = new FakeKernel(options)
  mkdirSync(made.root)
  for (const name of options.hidden ?? []) mkdirSync(join(made.root, name))
  await made.start()
  return made
}

const remove = (from: FakeKernel, name: string, as: number = opcode.unlink) => from.ask(as, root, nul(name))
const rename = (on: FakeKernel, from: string, to: string, flags = 0) => on.ask(opcode.rename2, root, Buffer.concat([bigs(root), numbers(flags, 0), nul(from), nul(to)]))

describe('owners and modes', () => {
  it('are remembered where the host holds others', async () => {
    await using guest = await kernel()
    const folder = await guest.mkdir(root, 'data')
    expect((await guest.setattr(folder.node, { uid: 999, gid: 998 })).errno).toBe(0)
    await guest.setattr(folder.node, { mode: 0o40500 })
    expect(await guest.lookup(root, 'data')).toMatchObject({ uid: 999, gid: 998, mode: 0o40500 })
    expect(statSync(join(guest.root, 'data'))).toMatchObject({ uid: process.getuid?.(), gid: process.getgid?.() })
    expect(statSync(join(guest.root, 'data')).mode & 0o777).toBe(0o700)
    const file = await guest.create(root, 'tool')
    await guest.setattr(file.node, { mode: 0o104755 })
    expect((await guest.lookup(root, 'tool')).mode).toBe(0o104755)
    expect(statSync(join(guest.root, 'tool')).mode & 0o7777).toBe(0o755)
  })

  it('are those of whoever creates, and leave with the file', async () => {
    await using guest = await kernel()
    guest.uid = 1234
    guest.gid = 1235
    expect(await guest.create(root, 'a')).toMatchObject({ uid: 1234, gid: 1235 })
    await remove(guest, 'a')
    writeFileSync(join(guest.root, 'a'), '')
    expect(await guest.lookup(root, 'a')).toMatchObject({ uid: process.getuid?.(), gid: process.getgid?.() })
  })

  it('give way when the host changes the mode', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'a')
    await guest.setattr(file.node, { uid: 5, mode: 0o100600 })
    chmodSync(join(guest.root, 'a'), 0o755)
    expect(await guest.lookup(root, 'a')).toMatchObject({ uid: 5, mode: 0o100755 })
  })

  it('keep others out where the guest set them, and only there', async () => {
    await using guest = await kernel()
    const folder = await guest.mkdir(root, 'private')
    await guest.setattr(folder.node, { uid: 999, mode: 0o40700 })
    guest.uid = 1000
    expect(await errnoOf(guest.lookup(folder.node, 'x'))).toBe(errno.EACCES)
    expect(await errnoOf(guest.create(folder.node, 'x'))).toBe(errno.EACCES)
    expect((await guest.setattr(folder.node, { mode: 0o40777 })).errno).toBe(errno.EPERM)
    expect((await guest.setattr(folder.node, { uid: 1000 })).errno).toBe(errno.EPERM)
    mkdirSync(join(guest.root, 'open'), { mode: 0o755 })
    const open = await guest.lookup(root, 'open')
    expect(await errnoOf(guest.create(open.node, 'mine'))).toBe(0)
  })

  it('are asked of everybody in a folder that shuts somebody out: nothing of it is kept', async () => {
    await using guest = await kernel()
    const folder = await guest.mkdir(root, 'd')
    const before = await guest.create(folder.node, 'f')
    expect(before.entrySeconds).toBeGreaterThan(0)
    await guest.setattr(folder.node, { uid: 999, mode: 0o40700 })
    await guest.heard(({ kind, node, name }) => kind === 'entry' && node === folder.node && name === 'f')
    expect((await guest.lookup(folder.node, 'f')).entrySeconds).toBe(0)
    expect(await errnoOf(guest.lookup(folder.node, 'none'))).toBe(errno.ENOENT)
  })

  it('let the guest have fifos, sockets and devices that the host does not', async () => {
    await using guest = await kernel()
    expect((await guest.create(root, 'fifo', 0o010644)).mode).toBe(0o010644)
    expect((await guest.create(root, 'socket', 0o140755)).mode).toBe(0o140755)
    expect(lstatSync(join(guest.root, 'fifo')).isFile()).toBe(true)
    expect((await guest.lookup(root, 'fifo')).mode).toBe(0o010644)
  })
})

describe('an engine that dies', () => {
  it('leaves node numbers that the next one understands', async () => {
    await using guest = await kernel()
    const folder = await guest.mkdir(root, 'd')
    const file = await guest.create(folder.node, 'f')
    await guest.write(file.node, 'before')
    const moved = await guest.create(root, 'm')
    await rename(guest, 'm', 'n')
    await guest.killServer()
    await guest.start()
    expect((await guest.read(file.node)).toString()).toBe('before')
    expect((await guest.lookup(folder.node, 'f')).node).toBe(file.node)
    expect((await guest.lookup(root, 'n')).node).toBe(moved.node)
    const next = await guest.create(root, 'new')
    expect([file.node, folder.node, moved.node]).not.toContain(next.node)
  })

  it('leaves a kernel that may know of names that there were none: of those made meanwhile it hears', async () => {
    await using guest = await kernel()
    const folder = await guest.mkdir(root, 'd')
    for (const parent of [root, folder.node]) expect((await guest.lookup(parent, 'later')).node).toBe(0)
    await guest.killServer()
    guest.notices.length = 0
    for (const path of ['later', 'd/later']) writeFileSync(join(guest.root, path), '')
    await guest.start()
    // Before anybody is told that the shares are there.
    await guest.settled
    const heard = (parent: number): boolean => guest.notices.some(({ kind, node, name }) => kind === 'entry' && node === parent && name === 'later')
    expect([root, folder.node].map(heard)).toEqual([true, true])
  })

  it('leaves numbers that mean nothing after another boot', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'f')
    await guest.killServer()
    guest.boot = 'another-boot-of-the-guest-0123456789'
    await guest.start()
    expect(await errnoOf(guest.read(file.node))).toBe(errno.ESTALE)
  })

  it('may have done what is told again', async () => {
    await using guest = await kernel()
    await guest.mkdir(root, 'd')
    await guest.create(root, 'f')
    const again = { isReplayed: true }
    expect((await guest.ask(9, root, Buffer.concat([numbers(0o755, 0), nul('d')]), again)).errno).toBe(0)
    expect((await guest.ask(8, root, Buffer.concat([numbers(0o100644, 0, 0, 0), nul('f')]), again)).errno).toBe(0)
    expect((await guest.ask(opcode.unlink, root, nul('gone'), again)).errno).toBe(0)
    expect((await guest.ask(opcode.unlink, root, nul('gone'))).errno).toBe(errno.ENOENT)
    await guest.ask(opcode.symlink, root, Buffer.concat([nul('s'), nul('to')]))
    expect((await guest.ask(opcode.symlink, root, Buffer.concat([nul('s'), nul('to')]), again)).errno).toBe(0)
    expect(readlinkSync(join(guest.root, 's'))).toBe('to')
  })
})

describe('a folder that vanishes', () => {
  it('says so and comes back with the folder', async () => {
    await using guest = await kernel()
    rmSync(guest.root, { recursive: true })
    await expect(guest.lookup(root, 'x')).rejects.toBeInstanceOf(KernelError)
    mkdirSync(guest.root)
    writeFileSync(join(guest.root, 'x'), 'back')
    await errnoOf(guest.lookup(root, 'x'))
    const file = await guest.lookup(root, 'x')
    expect((await guest.read(file.node)).toString()).toBe('back')
  })
})

describe('what the host does', () => {
  it('is told to the guest: a change, a new file, a removal, a move', async () => {
    await using guest = await kernel()
    writeFileSync(join(guest.root, 'a'), 'one')
    const file = await guest.lookup(root, 'a')
    expect(file.entrySeconds).toBeGreaterThan(1000)
    expect((await guest.lookup(root, 'later')).node).toBe(0)
    writeFileSync(join(guest.root, 'a'), 'two!')
    await guest.heard(({ kind, node }) => kind === 'node' && node === file.node)
    // Longer now: a kernel that reads by splice(2) trusts the length it has until it looks the name up.
    await guest.heard(({ kind, node, name }) => kind === 'entry' && node === root && name === 'a')
    writeFileSync(join(guest.root, 'later'), '')
    await guest.heard(({ kind, name }) => kind === 'entry' && name === 'later')
    renameSync(join(guest.root, 'a'), join(guest.root, 'b'))
    await guest.heard(({ kind, name }) => kind === 'event' && name === 'a')
    expect((await guest.lookup(root, 'b')).node).toBe(file.node)
    await guest.lookup(root, 'later')
    unlinkSync(join(guest.root, 'later'))
    const removed = 2
    await guest.heard(({ kind, node, name }) => kind === 'event' && node === removed && name === 'later')
  })

  it('through another hard link is asked for each time', async () => {
    await using guest = await kernel()
    writeFileSync(join(guest.root, 'a'), '')
    linkSync(join(guest.root, 'a'), join(guest.root, 'b'))
    expect((await guest.lookup(root, 'a')).attributeSeconds).toBe(0)
  })

  it('is replayed in the guest without being done', async () => {
    await using guest = await kernel()
    const { node } = await guest.lookup(root, 'made')
    expect(node).toBe(0)
    writeFileSync(join(guest.root, 'made'), 'content')
    await guest.heard(({ kind, name }) => kind === 'event' && name === 'made')
    const pid = guest.eventProcess
    const body = Buffer.concat([numbers(0o100644, 0, 0, 0), nul('made')])
    expect((await guest.ask(1, root, nul('made'), { pid })).errno).toBe(errno.ENOENT)
    expect((await guest.ask(8, root, body, { pid })).errno).toBe(0)
    expect(readFileSync(join(guest.root, 'made'), 'utf8')).toBe('content')
    expect((await guest.ask(opcode.unlink, root, nul('made'), { pid })).errno).toBe(errno.EAGAIN)
    expect(existsSync(join(guest.root, 'made'))).toBe(true)
  })
})
