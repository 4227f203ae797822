import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { op } from '#engine/shares/fuse/protocol.ts'
import { checkout } from '#scripts/guest/recipe.ts'
import { compilerFlags } from '#scripts/guest/supervisor.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'
import { bigs, nul, numbers } from '../../engine/shares/kernel-records.ts'

let dir: TempDir
const shares = join(checkout, 'resources', 'guest', 'shares')
const [root, folder, file, other] = [1, 2, 3, 4]

beforeAll(() => {
  dir = tempDir()
  const checked = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
  const made = spawnSync('gcc', [...compilerFlags, ...checked, `-I${shares}`, '-o', dir.at('harness'), join(import.meta.dirname, 'shares-harness.c'), join(shares, 'known.c')], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
})
afterAll(() => dir[Symbol.asyncDispose]())

function message(letter: string, { request = Buffer.alloc(0), reply = Buffer.alloc(0), mount = 0 }: { request?: Buffer; reply?: Buffer; mount?: number }): Buffer {
  return Buffer.concat([numbers(letter.charCodeAt(0), mount, request.length, reply.length), request, reply])
}

function request(opcode: number, node: number, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([numbers(40 + body.length, opcode), bigs(7, node), numbers(0, 0, 0, 0), body])
}

const reply = (data: Buffer = Buffer.alloc(0), errno = 0): Buffer => Buffer.concat([numbers(16 + data.length, -errno), bigs(7), data])
/** struct fuse_attr of which a size is all that counts here. */
const attr = (size: number): Buffer => Buffer.concat([bigs(9, size), Buffer.alloc(72)])
const entry = (node: number, size: number, seconds = 3600): Buffer => Buffer.concat([bigs(node, 1, 3600, seconds), numbers(0, 0), attr(size)])
const attributes = (size: number, seconds = 3600): Buffer => Buffer.concat([bigs(seconds), numbers(0, 0), attr(size)])

const asked = (opcode: number, node: number, body?: Buffer): Buffer => message('a', { request: request(opcode, node, body) })
function answered(opcode: number, node: number, { body, data, errno }: { body?: Buffer; data?: Buffer; errno?: number }): Buffer {
  return message('r', { request: request(opcode, node, body), reply: reply(data, errno) })
}
const lookedUp = (parent: number, name: string, data: Buffer): Buffer => answered(op.lookup, parent, { body: nul(name), data })
const told = (code: number, body: Buffer): Buffer => message('n', { request: Buffer.concat([numbers(16 + body.length, code), bigs(0), body]) })
const size = (node: number, mount = 0): Buffer => message('?', { request: bigs(node), mount })

/** What the program says to each question: a size that it knows, or that the host has to be asked. */
function say(...messages: Buffer[]): string[] {
  const { stdout, stderr, status } = spawnSync(dir.at('harness'), { input: Buffer.concat(messages), encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout.trim().split('\n')
}

const known = [lookedUp(root, 'd', entry(folder, 10)), lookedUp(folder, 'f', entry(file, 20))]
const aboutNode = (node: number): Buffer => Buffer.concat([bigs(node), bigs(0, 0)])
const aboutName = (parent: number, name: string): Buffer => Buffer.concat([bigs(parent), numbers(name.length, 0), nul(name)])

it('answers for what the host told, of its own mount alone', () => {
  expect(say(...known, size(folder), size(file), size(other), size(file, 1))).toEqual(['10', '20', 'ask', 'ask'])
})

it('asks for what is good for no time', () => {
  expect(say(lookedUp(root, 'f', entry(file, 20, 0)), size(file), ...known, lookedUp(folder, 'f', entry(file, 21, 0)), size(file))).toEqual(['ask', 'ask'])
})

it('learns each entry of a listing, and stops where it is cut short', () => {
  const record = (node: number, name: string, bytes: number): Buffer => {
    const data = Buffer.concat([entry(node, bytes), bigs(9, 5), numbers(name.length, 8), Buffer.from(name)])
    return Buffer.concat([data, Buffer.alloc(-data.length & 7)])
  }
  const listing = Buffer.concat([record(0, '.', 0), record(file, 'f', 20), record(other, 'long name', 30)])
  const listed = (data: Buffer): Buffer => answered(op.readdirplus, folder, { data })
  expect(say(listed(listing), size(file), size(other))).toEqual(['20', '30'])
  expect(say(listed(listing.subarray(0, -16)), size(file), size(other))).toEqual(['20', 'ask'])
})

it.each([
  ['a node', told(2, aboutNode(file)), ['10', 'ask']],
  ['a name', told(3, aboutName(folder, 'f')), ['ask', 'ask']],
  ['another node', told(2, aboutNode(other)), ['10', '20']],
])('asks again after a notice of %s', (_what, notice, expected) => {
  expect(say(...known, notice, size(folder), size(file))).toEqual(expected)
  const again = [answered(op.getattr, folder, { data: attributes(11) }), answered(op.getattr, file, { data: attributes(21) })]
  expect(say(...known, notice, ...again, size(folder), size(file))).toEqual(['11', '21'])
})

it.each([
  ['a write', op.write, file, Buffer.alloc(48), ['10', 'ask']],
  ['a change of attributes', op.setattr, file, Buffer.alloc(88), ['10', 'ask']],
  ['an allocation', op.fallocate, file, Buffer.alloc(32), ['10', 'ask']],
  ['a copy into it', op.copyFileRange, other, bigs(0, 0, file, 0, 0, 0, 0), ['10', 'ask']],
  ['a new file', op.mknod, folder, Buffer.concat([Buffer.alloc(16), nul('new')]), ['ask', '20']],
  ['a new folder', op.mkdir, folder, Buffer.concat([Buffer.alloc(8), nul('new')]), ['ask', '20']],
  ['a second name', op.link, root, Buffer.concat([bigs(file), nul('g')]), ['10', 'ask']],
  ['its removal', op.unlink, folder, nul('f'), ['ask', 'ask']],
  ['its move', op.rename, folder, Buffer.concat([bigs(root), nul('f'), nul('g')]), ['ask', 'ask']],
  ['a move to its name', op.rename2, root, Buffer.concat([bigs(folder), bigs(0), nul('g'), nul('f')]), ['ask', 'ask']],
])('asks again after the guest began %s, and after its end', (_what, opcode, node, body, expected) => {
  expect(say(...known, asked(opcode, node, body), size(folder), size(file))).toEqual(expected)
  // An answer from before the change, that comes after it was asked for.
  const late = [answered(op.getattr, folder, { data: attributes(10) }), answered(op.getattr, file, { data: attributes(20) })]
  expect(say(...known, asked(opcode, node, body), ...late, answered(opcode, node, { body, errno: 5 }), size(folder), size(file))).toEqual(expected)
})

it('follows a file to its new name, and forgets one that was removed', () => {
  const move = answered(op.rename, folder, { body: Buffer.concat([bigs(root), nul('f'), nul('g')]) })
  const again = answered(op.getattr, file, { data: attributes(21) })
  expect(say(...known, move, again, size(file))).toEqual(['21'])
  expect(say(...known, move, again, lookedUp(folder, 'f', entry(other, 30)), size(file), size(other))).toEqual(['21', '30'])
  expect(say(...known, move, again, told(3, aboutName(root, 'g')), size(file))).toEqual(['ask'])
  expect(say(...known, answered(op.unlink, folder, { body: nul('f') }), again, size(file))).toEqual(['ask'])
})

it('knows nothing that another host told', () => {
  expect(say(...known, answered(op.getattr, root, { data: attributes(5) }), size(root), message('f', {}), size(root), size(folder), size(file))).toEqual(['5', 'ask', 'ask', 'ask'])
})

it('takes no harm from messages that are cut short anywhere', () => {
  const whole = [...known, asked(op.rename2, root, Buffer.concat([bigs(folder), bigs(0), nul('g'), nul('f')])), told(3, aboutName(folder, 'f')), told(2, aboutNode(file))]
  const cut = whole.flatMap((text) => {
    const [letter, mount, requestBytes, replyBytes] = [0, 4, 8, 12].map((at) => text.readUInt32LE(at)) as [number, number, number, number]
    const [first, second] = [text.subarray(16, 16 + requestBytes), text.subarray(16 + requestBytes)]
    const shorter = (data: Buffer): Buffer[] => Array.from({ length: data.length + 1 }, (_, length) => data.subarray(0, length))
    return [...shorter(first).map((part) => [part, second] as const), ...shorter(second).map((part) => [first, part] as const)].map(([left, right]) =>
      Buffer.concat([numbers(letter, mount, left.length, Math.min(right.length, replyBytes)), left, right]),
    )
  })
  expect(say(...cut, ...known, size(file))).toEqual(['20'])
})

it('never answers with what belongs to another file, however many there are', () => {
  const many = Array.from({ length: 20_000 }, (_, i) => i + 10)
  const sizes = say(...many.map((node) => lookedUp(root, `n${node}`, entry(node, node * 2))), ...many.map((node) => size(node)))
  const wrong = many.filter((node, i) => sizes[i] !== 'ask' && sizes[i] !== String(node * 2))
  expect(wrong).toEqual([])
  expect(sizes.filter((text) => text !== 'ask').length).toBeGreaterThan(5000)
  // Each that is known is found by its name.
  const afterwards = say(...many.map((node) => lookedUp(root, `n${node}`, entry(node, node * 2))), ...many.map((node) => told(3, aboutName(root, `n${node}`))), ...many.map((node) => size(node)))
  expect(new Set(afterwards)).toEqual(new Set(['ask']))
})
