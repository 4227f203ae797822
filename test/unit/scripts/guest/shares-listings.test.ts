import { afterAll, beforeAll, expect, it } from 'vitest'
import { op } from '#engine/shares/fuse/protocol.ts'
import { bigs, nul, numbers } from '../../engine/shares/kernel-records.ts'
import { aboutName, aboutNode, answered, asked, attributes, entry, file, folder, type KnownFiles, knownFiles, lookedUp, message, other, record, request, root, told } from './shares-harness.ts'

let files: KnownFiles
beforeAll(() => void (files = knownFiles()))
afterAll(() => files[Symbol.asyncDispose]())

/** struct fuse_read_in: where a page begins, and how large it may be. */
const from = (offset: number, size = 4096): Buffer => Buffer.concat([bigs(0, offset), numbers(size, 0), bigs(0), numbers(0, 0)])
const list = (offset = 0, { node = folder as number, mount = 0, size = 4096 } = {}): Buffer => message('l', { request: request(op.readdirplus, node, from(offset, size)), mount })
const page = Buffer.concat([record(0, '.', 0), record(file, 'f', 20), record(other, 'long name', 30)])
/** The kernel asked, and the host answered. */
const learned = (offset: number, data: Buffer): Buffer[] => [asked(op.readdirplus, folder, from(offset)), answered(op.readdirplus, folder, { body: from(offset), data })]
const folderKnown = lookedUp(root, 'd', entry(folder, 10))
const listed = [folderKnown, ...learned(0, page), ...learned(5, Buffer.alloc(0))]
const whole = '.:0:0 f:3:20 long name:4:30'
const forget = (node: number, times: number): Buffer => message('g', { request: request(op.forget, node, bigs(times)) })

it('is told page by page as the host told it, of its own mount alone', () => {
  expect(files.say(...listed, list(), list(5), list(4), list(0, { node: other }), list(0, { mount: 1 }), list(0, { size: 100 }))).toEqual([whole, 'end', 'ask', 'ask', 'ask', 'ask'])
})

it('has the attributes that are known now, and leaves out a node that is not', () => {
  const many = Buffer.concat([page, record(5, 'g', 40), record(6, 'h', 50)])
  const old = [folderKnown, ...learned(0, many)]
  expect(files.say(...old, answered(op.getattr, file, { data: attributes(21) }), list())).toEqual(['.:0:0 f:3:21 long name:4:30 g:5:40 h:6:50'])
  expect(files.say(...old, told(2, aboutNode(file)), list())).toEqual(['.:0:0 f:0:0 long name:4:30 g:5:40 h:6:50'])
  expect(files.say(...old, told(2, aboutNode(file)), told(2, aboutNode(other)), list())).toEqual(['ask'])
})

it('is asked for where the host does not tell of changes', () => {
  const brief = (node: number): Buffer => Buffer.concat([entry(node, 20, 0), record(node, 'f', 20).subarray(128)])
  expect(files.say(folderKnown, ...learned(0, brief(file)), list())).toEqual(['ask'])
  expect(files.say(lookedUp(root, 'd', entry(folder, 10, 0)), ...learned(0, page), list())).toEqual(['ask'])
  // Nothing in an empty folder says whether its changes are told.
  expect(files.say(folderKnown, ...learned(0, record(0, '.', 0)), list())).toEqual(['ask'])
})

it.each([
  ['the host told of the folder', told(2, aboutNode(folder))],
  ['the host told of a name in it', told(3, aboutName(folder, 'f'))],
  ['the guest made a file in it', asked(op.mknod, folder, Buffer.concat([Buffer.alloc(16), nul('new')]))],
  ['the guest removed one', answered(op.unlink, folder, { body: nul('f') })],
  ['the guest moved one away', asked(op.rename, folder, Buffer.concat([bigs(root), nul('f'), nul('g')]))],
  ['the guest moved one into it', asked(op.rename2, root, Buffer.concat([bigs(folder), bigs(0), nul('g'), nul('h')]))],
  ['another host came', message('f', {})],
])('is asked for again after %s, also where it was on its way', (_what, change) => {
  const known = answered(op.getattr, folder, { data: attributes(11) })
  expect(files.say(...listed, change, folderKnown, known, list(), list(5))).toEqual(['ask', 'ask'])
  const [ask, answer] = learned(0, page) as [Buffer, Buffer]
  expect(files.say(folderKnown, ask, change, answer, folderKnown, known, list())).toEqual(['ask'])
  expect(files.say(folderKnown, ask, change, answer, folderKnown, known, ...learned(0, page), list())).toEqual([whole])
})

it('counts how often the kernel was told of a node here: the host is not to forget more than it told', () => {
  expect(files.say(...listed, forget(file, 1))).toEqual(['tell 1'])
  expect(files.say(...listed, list(), list(), forget(file, 3), forget(other, 1), forget(other, 2))).toEqual([whole, whole, 'tell 1', 'keep 0', 'tell 1'])
  const batch = message('g', { request: request(op.batchForget, 0, Buffer.concat([numbers(2, 0), bigs(file, 2, other, 1)])) })
  expect(files.say(...listed, list(), batch)).toEqual([whole, 'tell 1 0'])
  expect(files.say(...listed, list(), message('m', { mount: 1 }), message('f', {}), forget(file, 2), message('m', {}), forget(other, 2))).toEqual([whole, 'tell 1', 'tell 2'])
})

it('does not tell of a node that the kernel has forgotten: the host may have, too', () => {
  expect(files.say(...listed, forget(file, 1), forget(other, 1), list())).toEqual(['tell 1', 'tell 1', 'ask'])
})

it('does not tell of a node whose number another one has now, be it the folder itself', () => {
  const otherFile = lookedUp(root, 'elsewhere', entry(file, 99))
  const many = Buffer.concat([page, record(5, 'g', 40), record(6, 'h', 50)])
  const rest = 'long name:4:30 g:5:40 h:6:50'
  expect(files.say(folderKnown, ...learned(0, many), forget(file, 1), otherFile, list())).toEqual(['tell 1', `.:0:0 f:0:0 ${rest}`])
  // The same name, and yet another file.
  const later = entry(file, 77)
  later.writeBigUInt64LE(2n, 8)
  expect(files.say(folderKnown, ...learned(0, many), lookedUp(folder, 'f', later), list())).toEqual([`.:0:0 f:0:0 ${rest}`])
  const otherFolder = lookedUp(root, 'other', entry(folder, 10))
  expect(files.say(...listed, forget(folder, 1), otherFolder, list(), list(5))).toEqual(['tell 1', 'ask', 'ask'])
  expect(files.say(folderKnown, asked(op.readdirplus, folder, from(0)), forget(folder, 1), otherFolder, learned(0, page)[1]!, list())).toEqual(['tell 1', 'ask'])
})

it('takes no harm from pages and requests that are cut short anywhere, and keeps none of them', () => {
  const pages = Array.from({ length: page.length }, (_, length) => [...learned(0, page.subarray(0, length)), message('l', { request: request(op.readdirplus, folder, from(0)).subarray(0, 40 + (length % 41)) })])
  const said = files.say(folderKnown, ...pages.flat(), ...Array.from({ length: 17 }, (_, length) => message('g', { request: request(op.batchForget, 0, Buffer.alloc(16, 1).subarray(0, length)) })))
  expect(said.filter((line) => line.includes('long name'))).toEqual([])
  expect(files.say(folderKnown, ...learned(0, page.subarray(0, -8)), list())).toEqual(['ask'])
})
