import type { BigIntStats } from 'node:fs'

/** Bytes that a frame's and an answer's header take before the answer's own data. */
export const headroom = 8 + 16
/** Sizes of linux/fuse.h's structures. */
export const attrBytes = 88
export const entryBytes = 40 + attrBytes

/** What a file shows in the guest in place of what the host says. */
export interface Shown {
  mode: number
  uid: number
  gid: number
  rdev: number
  mtimeNs: bigint
}

/** How long the kernel may go on without asking, in seconds. */
export interface Validity {
  entry: number
  attributes: number
}

/** An answer of `bytes` bytes, zeroed, with room for the headers in front. */
export function answer(bytes: number): Buffer {
  return Buffer.alloc(headroom + bytes)
}

/** An answer whose data the caller fills entirely. */
export function answerUnfilled(bytes: number): Buffer {
  return Buffer.allocUnsafe(headroom + bytes)
}

const second = 1_000_000_000n

function writeTime(into: Buffer, ns: bigint, at: { seconds: number; nanoseconds: number }): void {
  const seconds = ns >= 0n ? ns / second : (ns - second + 1n) / second
  into.writeBigInt64LE(seconds, at.seconds)
  into.writeUInt32LE(Number(ns - seconds * second), at.nanoseconds)
}

/** struct fuse_attr */
export function writeAttr(into: Buffer, at: number, { stats, shown, ino }: { stats: BigIntStats; shown: Shown; ino: bigint }): void {
  into.writeBigUInt64LE(ino, at)
  into.writeBigUInt64LE(BigInt.asUintN(64, stats.size), at + 8)
  into.writeBigUInt64LE(BigInt.asUintN(64, stats.blocks), at + 16)
  writeTime(into, stats.atimeNs, { seconds: at + 24, nanoseconds: at + 48 })
  writeTime(into, shown.mtimeNs, { seconds: at + 32, nanoseconds: at + 52 })
  writeTime(into, stats.ctimeNs, { seconds: at + 40, nanoseconds: at + 56 })
  into.writeUInt32LE(shown.mode, at + 60)
  into.writeUInt32LE(Number(stats.nlink), at + 64)
  into.writeUInt32LE(shown.uid, at + 68)
  into.writeUInt32LE(shown.gid, at + 72)
  into.writeUInt32LE(shown.rdev, at + 76)
  into.writeUInt32LE(Number(stats.blksize), at + 80)
  into.writeUInt32LE(0, at + 84)
}

/** struct fuse_entry_out without its attributes, which follow at `at + 40`. */
export function writeEntry(into: Buffer, at: number, entry: { id: number; generation: number; validity: Validity }): void {
  into.writeUInt32LE(entry.id, at)
  into.writeUInt32LE(0, at + 4)
  into.writeUInt32LE(entry.generation, at + 8)
  into.writeUInt32LE(0, at + 12)
  into.writeUInt32LE(entry.validity.entry, at + 16)
  into.writeUInt32LE(0, at + 20)
  into.writeUInt32LE(entry.validity.attributes, at + 24)
  into.fill(0, at + 28, at + 40)
}
