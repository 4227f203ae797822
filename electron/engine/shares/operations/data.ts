import { closeSync, fstatSync, fsync, fsyncSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import { errno, largestWrite } from '../fuse/protocol.ts'
import { answer, answerUnfilled, headroom } from '../fuse/records.ts'
import { type FuseRequest, nodeAt, requireBytes, sizeAt } from '../fuse/request.ts'
import { old } from '../guest-notices.ts'
import { type Answer, done, type Share } from '../share.ts'
import { noteChange } from './attributes.ts'
import type { Listings } from './listing.ts'

/** O_APPEND of Linux in fuse_write_in.flags. */
const appends = 0o2000

/** READ */
export function read(share: Share, { node, body }: FuseRequest, listings: Listings): Answer {
  requireBytes(body, 20)
  const size = Math.min(body.readUInt32LE(16), largestWrite)
  const reply = answerUnfilled(size)
  const position = sizeAt(body, 8)
  const count = readAll(share.files.forReading(node), reply.subarray(headroom), position)
  if (position === 0) listings.noteRead(node)
  return reply.subarray(0, headroom + count)
}

function readAll(descriptor: number, into: Buffer, position: number): number {
  let count = 0
  while (count < into.length) {
    const got = readSync(descriptor, into, count, into.length - count, position + count)
    if (got === 0) break
    count += got
  }
  return count
}

/** WRITE: on the host when it is answered. */
export function write(share: Share, { node, body, isReplayed }: FuseRequest): Answer {
  requireBytes(body, 40)
  const size = body.readUInt32LE(16)
  requireBytes(body, 40 + size)
  const data = body.subarray(40, 40 + size)
  const descriptor = share.files.forWriting(node)
  const before = fstatSync(descriptor, { bigint: true })
  noteChange(share, node, before)
  let position = sizeAt(body, 8)
  if ((body.readUInt32LE(32) & appends) !== 0) {
    const end = Number(before.size)
    if (isReplayed && endsWith(descriptor, data, end)) return written(size)
    // The host has appended meanwhile: what the guest's kernel holds of the end is old.
    if (end !== position) share.parts.notices.node(node, old.content)
    position = end
  }
  let count = 0
  while (count < size) count += writeSync(descriptor, data, count, size - count, position + count)
  share.table.see(node, fstatSync(descriptor, { bigint: true }))
  return written(count)
}

function endsWith(descriptor: number, data: Buffer, end: number): boolean {
  if (end < data.length) return false
  const tail = Buffer.allocUnsafe(data.length)
  return readAll(descriptor, tail, end - data.length) === data.length && tail.equals(data)
}

function written(bytes: number): Buffer {
  const reply = answer(8)
  reply.writeUInt32LE(bytes, headroom)
  return reply
}

/** FSYNC may take long: it runs beside everything else and answers by itself. */
export function syncFile(share: Share, { node }: FuseRequest, settle: (error: unknown) => void): void {
  const nameless = share.files.nameless(node)
  if (nameless !== undefined) return fsync(nameless, settle)
  const descriptor = share.files.openAlone(node)
  fsync(descriptor, (error) => {
    closeSync(descriptor)
    settle(error)
  })
}

/** FSYNCDIR: a folder's descriptor of ours cannot be synced; its file system keeps the order by itself. */
export function syncFolder(): Answer {
  return done()
}

/** How much an allocation may write at once; beyond it the program's own way (writing) is asked for. */
const largestAllocation = 64 * 1024 * 1024
const zeros = Buffer.alloc(largestWrite)

/** FALLOCATE: room at the end is made by writing zeros; punching and keeping the size are not offered. */
export function allocate(share: Share, { node, body }: FuseRequest): Answer {
  requireBytes(body, 28)
  const start = sizeAt(body, 8)
  const end = start + sizeAt(body, 16)
  if (body.readUInt32LE(24) !== 0) return errno.EOPNOTSUPP
  const descriptor = share.files.forWriting(node)
  const present = Number(fstatSync(descriptor).size)
  if (end - present > largestAllocation) return errno.EOPNOTSUPP
  try {
    for (let at = present; at < end; ) at += writeSync(descriptor, zeros, 0, Math.min(zeros.length, end - at), at)
    fsyncSync(descriptor)
  } catch (error) {
    ftruncateSync(descriptor, present)
    throw error
  }
  share.table.see(node, fstatSync(descriptor, { bigint: true }))
  return done()
}

/** How much one copy moves; the kernel asks for the rest again. */
const largestCopy = 4 * 1024 * 1024

/** COPY_FILE_RANGE: the bytes do not pass through the guest. */
export function copyRange(share: Share, { node, body }: FuseRequest): Answer {
  requireBytes(body, 56)
  const to = nodeAt(body, 16)
  const from = { at: sizeAt(body, 8), descriptor: share.files.forReading(node) }
  const into = { at: sizeAt(body, 32), descriptor: share.files.forWriting(to) }
  const wanted = Math.min(sizeAt(body, 40), largestCopy)
  const buffer = Buffer.allocUnsafe(Math.min(wanted, largestWrite))
  let copied = 0
  while (copied < wanted) {
    const got = readSync(from.descriptor, buffer, 0, Math.min(buffer.length, wanted - copied), from.at + copied)
    if (got === 0) break
    for (let done = 0; done < got; ) done += writeSync(into.descriptor, buffer, done, got - done, into.at + copied + done)
    copied += got
  }
  share.table.see(to, fstatSync(into.descriptor, { bigint: true }))
  share.parts.notices.answered(to)
  return written(copied)
}
