import { errno, initFlag, largestWrite, op } from '../fuse/protocol.ts'
import { answer, headroom } from '../fuse/records.ts'
import { type FuseRequest, requireBytes } from '../fuse/request.ts'
import { type Answer, done, type Share } from '../share.ts'
import { access, getattr, readlink, setattr, statfs } from './attributes.ts'
import { link, mkdir, mknod, rename, rmdir, symlink, unlink } from './changes.ts'
import { allocate, copyRange, read, syncFolder, write } from './data.ts'
import type { Listings } from './listing.ts'
import { batchForget, forget, lookup } from './lookup.ts'

type Operation = (share: Share, request: FuseRequest, listings: Listings) => Answer

/**
 * Every request that is answered at once. Opening, flushing and closing are not among them: answered ENOSYS, the kernel
 * stops asking, so reading what it has cached costs no round trip at all. Nor are locks, which it then keeps by itself.
 */
const operations: Readonly<Record<number, Operation>> = {
  [op.init]: init,
  [op.destroy]: () => done(),
  [op.lookup]: lookup,
  [op.forget]: forget,
  [op.batchForget]: batchForget,
  [op.getattr]: getattr,
  [op.setattr]: setattr,
  [op.access]: access,
  [op.statfs]: statfs,
  [op.readlink]: readlink,
  [op.read]: read,
  [op.write]: write,
  [op.fsyncdir]: syncFolder,
  [op.release]: () => done(),
  [op.releasedir]: () => done(),
  [op.fallocate]: allocate,
  [op.copyFileRange]: copyRange,
  [op.mknod]: mknod,
  [op.mkdir]: mkdir,
  [op.symlink]: symlink,
  [op.link]: link,
  [op.unlink]: unlink,
  [op.rmdir]: rmdir,
  [op.rename]: (share, request) => rename(share, request, false),
  [op.rename2]: (share, request) => rename(share, request, true),
  [op.readdir]: (_share, request, listings) => listings.read(request, false),
  [op.readdirplus]: (_share, request, listings) => listings.read(request, true),
  [op.ioctl]: () => errno.ENOTTY,
}

/** Does what the kernel asks. @throws whatever the host's file system threw; `errnoOfFailure` says what the kernel is told. */
export function operate(share: Share, request: FuseRequest, listings: Listings): Answer {
  return operations[request.opcode]?.(share, request, listings) ?? (isSilent(request.opcode) ? undefined : errno.ENOSYS)
}

function isSilent(opcode: number): boolean {
  return opcode === op.forget || opcode === op.batchForget || opcode === op.interrupt
}

/** The version of the protocol that we speak. */
const version = { major: 7, minor: 31 }

function init(_share: Share, { body }: FuseRequest): Answer {
  requireBytes(body, 16)
  if (body.readUInt32LE(0) !== version.major) return errno.EINVAL
  const offered = body.readUInt32LE(12)
  const wanted =
    initFlag.asyncRead | initFlag.bigWrites | initFlag.autoInvalData | initFlag.doReaddirplus | initFlag.parallelDirops | initFlag.maxPages | initFlag.cacheSymlinks
  const reply = answer(64)
  reply.writeUInt32LE(version.major, headroom)
  reply.writeUInt32LE(version.minor, headroom + 4)
  reply.writeUInt32LE(1024 * 1024, headroom + 8)
  reply.writeUInt32LE((offered & wanted) >>> 0, headroom + 12)
  reply.writeUInt16LE(64, headroom + 16)
  reply.writeUInt16LE(48, headroom + 18)
  reply.writeUInt32LE(largestWrite, headroom + 20)
  reply.writeUInt32LE(1, headroom + 24)
  reply.writeUInt16LE(largestWrite / 4096, headroom + 28)
  return reply
}
