import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errno } from '#engine/shares/fuse/protocol.ts'
import { errnoOf, FakeKernel } from './fake-kernel.ts'
import { attributesOf, bigs, nul, numbers } from './kernel-records.ts'

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
const list = async (on: FakeKernel, size = 4096, plus = false): Promise<string[]> => {
  const names: string[] = []
  for (let offset = 0n; ; ) {
    const body = Buffer.concat([bigs(0), bigs(0), numbers(size, 0), bigs(0), numbers(0, 0)])
    body.writeBigUInt64LE(offset, 8)
    const { data } = await on.ask(plus ? opcode.readdirplus : opcode.readdir, root, body)
    if (data.length === 0) return names
    for (let at = 0; at < data.length; ) {
      const start = plus ? at + 128 : at
      const length = data.readUInt32LE(start + 16)
      offset = data.readBigUInt64LE(start + 8)
      names.push(data.toString('latin1', start + 24, start + 24 + length))
      at = start + 24 + ((length + 7) & ~7)
    }
  }
}

describe('files of a share', () => {
  it('are created, written, read and removed on the host', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'a', 0o100640)
    await guest.write(file.node, 'hello')
    expect(readFileSync(join(guest.root, 'a'), 'utf8')).toBe('hello')
    expect(statSync(join(guest.root, 'a')).mode & 0o777).toBe(0o640)
    expect((await guest.read(file.node)).toString()).toBe('hello')
    expect((await remove(guest, 'a')).errno).toBe(0)
    expect(existsSync(join(guest.root, 'a'))).toBe(false)
  })

  it('keep one node for all hard links', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'a')
    const second = await guest.entry(opcode.link, root, Buffer.concat([bigs(file.node), nul('b')]))
    expect(second).toMatchObject({ node: file.node, ino: file.ino, nlink: 2 })
    await remove(guest, 'a')
    expect(await guest.lookup(root, 'b')).toMatchObject({ node: file.node, nlink: 1 })
    await guest.write(file.node, 'x')
    expect(readFileSync(join(guest.root, 'b'), 'utf8')).toBe('x')
  })

  it('stay readable and writable after their last name is gone, until the kernel forgets them', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'a')
    await guest.write(file.node, 'kept')
    await remove(guest, 'a')
    expect((await guest.read(file.node)).toString()).toBe('kept')
    await guest.write(file.node, 'K')
    expect((await guest.read(file.node)).toString()).toBe('Kept')
    void guest.ask(opcode.forget, file.node, bigs(1))
    expect(await errnoOf(guest.read(file.node))).toBe(errno.ESTALE)
  })

  it('stay readable after another file was renamed over them', async () => {
    await using guest = await kernel()
    const old = await guest.create(root, 'a')
    await guest.write(old.node, 'old')
    const next = await guest.create(root, 'b')
    await guest.write(next.node, 'new')
    expect((await rename(guest, 'b', 'a')).errno).toBe(0)
    expect((await guest.read(old.node)).toString()).toBe('old')
    expect((await guest.read(next.node)).toString()).toBe('new')
    expect((await guest.lookup(root, 'a')).node).toBe(next.node)
  })

  it('are appended to at their end on the host, and not twice when a write is told again', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'log')
    await guest.write(file.node, 'one\n', { flags: 0o2000 })
    writeFileSync(join(guest.root, 'log'), 'host\n', { flag: 'a' })
    await guest.write(file.node, 'two\n', { offset: 4, flags: 0o2000 })
    await guest.write(file.node, 'two\n', { offset: 4, flags: 0o2000, isReplayed: true })
    expect(readFileSync(join(guest.root, 'log'), 'utf8')).toBe('one\nhost\ntwo\n')
  })

  it('refuse to take the place of another with NOREPLACE, and ask the kernel to look again when the host was faster', async () => {
    await using guest = await kernel()
    await guest.create(root, 'a')
    await guest.create(root, 'b')
    expect((await rename(guest, 'a', 'b', 1)).errno).toBe(errno.EEXIST)
    expect((await rename(guest, 'a', 'b', 2)).errno).toBe(errno.EINVAL)
    writeFileSync(join(guest.root, 'c'), '')
    expect(await errnoOf(guest.create(root, 'c'))).toBe(errno.ESTALE)
  })

  it('hold times to the nanosecond', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'a')
    const mtimeNs = 1_600_000_000_123_456_789n
    const { data } = await guest.setattr(file.node, { mtimeNs })
    expect(attributesOf(data.subarray(16)).mtimeNs).toBe(mtimeNs)
    expect(Math.abs(statSync(join(guest.root, 'a')).mtimeMs - 1_600_000_000_123.456)).toBeLessThan(0.01)
  })

  it('are truncated, allocated and copied without passing through the guest', async () => {
    await using guest = await kernel()
    const file = await guest.create(root, 'a')
    await guest.write(file.node, 'abcdef')
    await guest.setattr(file.node, { size: 3 })
    expect(readFileSync(join(guest.root, 'a'), 'utf8')).toBe('abc')
    expect((await guest.ask(opcode.fallocate, file.node, Buffer.concat([bigs(0, 0, 5000), numbers(0, 0)]))).errno).toBe(0)
    expect(statSync(join(guest.root, 'a')).size).toBe(5000)
    const to = await guest.create(root, 'b')
    const copied = await guest.ask(opcode.copy, file.node, bigs(0, 0, to.node, 0, 0, 3, 0))
    expect(copied.data.readUInt32LE(0)).toBe(3)
    expect(readFileSync(join(guest.root, 'b'), 'utf8')).toBe('abc')
  })
})

describe('names of a share', () => {
  it('may be any bytes that Linux allows', async () => {
    await using guest = await kernel()
    const odd = Buffer.from([0x66, 0xff, 0xc3, 0x28, 0x0a, 0x20])
    await guest.entry(8, root, Buffer.concat([numbers(0o100644, 0, 0, 0), nul(odd)]))
    expect((await guest.lookup(root, odd)).node).toBeGreaterThan(1)
    expect((await list(guest)).sort()).toEqual(['.', '..', odd.toString('latin1')])
    expect(lstatSync(Buffer.concat([Buffer.from(`${guest.root}/`), odd])).isFile()).toBe(true)
  })

  it('that could leave the folder are refused', async () => {
    await using guest = await kernel()
    for (const name of ['..', '.', '', 'a/b', '../x', '/etc/passwd']) expect(await errnoOf(guest.lookup(root, name)), name).toBe(errno.EINVAL)
    expect(await errnoOf(guest.lookup(root, 'x'.repeat(256)))).toBe(errno.ENAMETOOLONG)
    expect((await guest.ask(opcode.rename, root, Buffer.concat([bigs(root), nul('a'), nul('../b')]))).errno).toBe(errno.EINVAL)
  })

  it('are listed whole in small pieces while the folder changes', async () => {
    await using guest = await kernel()
    const names = Array.from({ length: 300 }, (_, i) => `file-${i}`)
    for (const name of names) writeFileSync(join(guest.root, name), '')
    expect((await list(guest, 512)).sort()).toEqual(['.', '..', ...names].sort())
    expect((await list(guest, 4096, true)).sort()).toEqual(['.', '..', ...names].sort())
  })
})

describe('the border of a share', () => {
  it('is not crossed by links: the guest gets the link, never what it points to', async () => {
    await using guest = await kernel()
    symlinkSync('/etc/passwd', join(guest.root, 'link'))
    const link = await guest.lookup(root, 'link')
    expect(link.mode & 0o170000).toBe(0o120000)
    expect((await guest.ask(opcode.readlink, link.node)).data.toString()).toBe('/etc/passwd')
    expect(await errnoOf(guest.read(link.node))).not.toBe(0)
    expect((await guest.setattr(link.node, { mode: 0o777 })).errno).toBe(errno.EOPNOTSUPP)
    expect(await errnoOf(guest.lookup(link.node, 'x'))).toBe(errno.ENOTDIR)
  })

  it('is not crossed by a folder that becomes a link between two requests', async () => {
    await using guest = await kernel()
    const outside = join(guest.root, '..', 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'secret')
    const folder = await guest.mkdir(root, 'd')
    const file = await guest.create(folder.node, 'secret')
    renameSync(join(guest.root, 'd'), join(guest.root, '..', 'away'))
    symlinkSync(outside, join(guest.root, 'd'))
    expect((await guest.read(file.node)).toString()).toBe('')
    await guest.killServer()
    await guest.start()
    expect(await errnoOf(guest.read(file.node))).toBe(errno.ESTALE)
    expect(await errnoOf(guest.lookup(folder.node, 'secret'))).toBe(errno.ESTALE)
    expect(await errnoOf(guest.create(folder.node, 'new'))).toBe(errno.ESTALE)
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
    expect(existsSync(join(outside, 'new'))).toBe(false)
  })

  it('is not crossed by a file that becomes a link between two requests', async () => {
    await using guest = await kernel()
    const secret = join(guest.root, '..', 'secret')
    writeFileSync(secret, 'secret', { mode: 0o600 })
    const file = await guest.create(root, 'f')
    unlinkSync(join(guest.root, 'f'))
    symlinkSync(secret, join(guest.root, 'f'))
    expect(await errnoOf(guest.read(file.node))).not.toBe(0)
    expect((await guest.write(file.node, 'x')).errno).not.toBe(0)
    expect((await guest.setattr(file.node, { mode: 0o777 })).errno).toBe(errno.ESTALE)
    expect((await guest.setattr(file.node, { size: 0 })).errno).toBe(errno.ESTALE)
    expect(readFileSync(secret, 'utf8')).toBe('secret')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
  })

  it('leaves hidden folders out, whatever is asked of them', async () => {
    await using guest = await kernel({ hidden: ['.cove'] })
    writeFileSync(join(guest.root, '.cove', 'key'), 'key')
    expect(await errnoOf(guest.lookup(root, '.cove').then((entry) => expect(entry.node).toBe(0)))).toBe(0)
    expect((await list(guest)).sort()).toEqual(['.', '..'])
    expect(await errnoOf(guest.mkdir(root, '.cove'))).toBe(errno.EACCES)
    expect((await remove(guest, '.cove', opcode.rmdir)).errno).toBe(errno.ENOENT)
    expect((await rename(guest, '.cove', 'mine')).errno).toBe(errno.ENOENT)
    await guest.mkdir(root, 'd')
    expect((await rename(guest, 'd', '.cove')).errno).toBe(errno.EACCES)
    expect(readFileSync(join(guest.root, '.cove', 'key'), 'utf8')).toBe('key')
  })
})
