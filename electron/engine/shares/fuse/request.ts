import { FuseError } from './protocol.ts'

/** Bytes of struct fuse_in_header. */
export const requestHeaderBytes = 40

/** One request of the guest's kernel. The guest counts as hostile: every field may hold anything. */
export interface FuseRequest {
  opcode: number
  unique: bigint
  /** The node it is about; 0 when the number is none of ours. */
  node: number
  uid: number
  gid: number
  /** Who asks, as the guest counts its processes. */
  pid: number
  /** A former server may have done it already. */
  isReplayed: boolean
  body: Buffer
}

/** A request from its bytes, or undefined when they are none. */
export function parseRequest(data: Buffer, isReplayed: boolean): FuseRequest | undefined {
  if (data.length < requestHeaderBytes || data.readUInt32LE(0) !== data.length) return undefined
  return {
    opcode: data.readUInt32LE(4),
    unique: data.readBigUInt64LE(8),
    node: nodeAt(data, 16),
    uid: data.readUInt32LE(24),
    gid: data.readUInt32LE(28),
    pid: data.readUInt32LE(32),
    isReplayed,
    body: data.subarray(requestHeaderBytes),
  }
}

/** A node number; ours have 32 bits. */
export function nodeAt(data: Buffer, at: number): number {
  return data.readUInt32LE(at + 4) === 0 ? data.readUInt32LE(at) : 0
}

/** A number of 64 bits that counts bytes. @throws FuseError EINVAL beyond 2^53. */
export function sizeAt(data: Buffer, at: number): number {
  const high = data.readUInt32LE(at + 4)
  if (high >= 0x20_0000) throw new FuseError('EINVAL')
  return high * 0x1_0000_0000 + data.readUInt32LE(at)
}

/** Longest name of Linux, in bytes. */
const longestName = 255

/**
 * The NUL-ended name at `at`, one character a byte, and where the next one begins.
 * @throws FuseError for a name that could leave its folder or that no file system of Linux has.
 */
export function nameAt(body: Buffer, at: number): { name: string; next: number } {
  const end = body.indexOf(0, at)
  if (end < 0) throw new FuseError('EINVAL')
  if (end - at > longestName) throw new FuseError('ENAMETOOLONG')
  const name = body.toString('latin1', at, end)
  if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new FuseError('EINVAL')
  return { name, next: end + 1 }
}

/** NUL-ended text that is no name: where a symbolic link points. */
export function textAt(body: Buffer, at: number): Buffer {
  const end = body.indexOf(0, at)
  if (end < 0 || end === at) throw new FuseError('EINVAL')
  return body.subarray(at, end)
}

/** @throws FuseError EINVAL when a request is shorter than its structure. */
export function requireBytes(body: Buffer, bytes: number): void {
  if (body.length < bytes) throw new FuseError('EINVAL')
}
