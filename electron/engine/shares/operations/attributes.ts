import { type BigIntStats, fchmodSync, ftruncateSync, futimesSync, lutimesSync, readlinkSync, statfsSync } from 'node:fs'
import { errnoOf } from '#base/errno.ts'
import { errno, fileType, FuseError, setattrBit } from '../fuse/protocol.ts'
import { answer, headroom } from '../fuse/records.ts'
import { type FuseRequest, requireBytes, sizeAt } from '../fuse/request.ts'
import { old } from '../guest-notices.ts'
import { chmodEntry } from '../host/host-files.ts'
import { type Answer, done, mayAccess, type Share } from '../share.ts'

/** GETATTR */
export function getattr(share: Share, { node }: FuseRequest): Answer {
  const stats = share.facts(node)
  if (stats.isDirectory()) share.watches.ensure(node)
  noteChange(share, node, stats)
  return share.attrAnswer(node, stats)
}

/** ACCESS: what the user may do on the host, less what the guest forbade. */
export function access(share: Share, { node, body, uid, gid }: FuseRequest): Answer {
  requireBytes(body, 4)
  const mask = body.readUInt32LE(0) & 7
  const stats = share.facts(node)
  if (!mayAccess(share, { id: node, stats, uid, gid, mask })) return errno.EACCES
  return hostAllows(stats, mask) ? done() : errno.EACCES
}

function hostAllows(stats: BigIntStats, mask: number): boolean {
  const me = process.getuid?.()
  if (me === undefined || me === 0 || stats.isSymbolicLink()) return true
  const mode = Number(stats.mode)
  // The user's own files open to the server whatever their mode is, as to root.
  if (Number(stats.uid) === me) return (mask & 1) === 0 || stats.isDirectory() || (mode & 0o111) !== 0
  const isGroup = process.getgroups?.().includes(Number(stats.gid)) === true || process.getgid?.() === Number(stats.gid)
  return ((isGroup ? mode >> 3 : mode) & mask) === mask
}

/** READLINK: the guest's kernel follows it, in the guest. */
export function readlink(share: Share, { node }: FuseRequest): Answer {
  if (!share.facts(node).isSymbolicLink()) return errno.EINVAL
  const target = readlinkSync(share.files.path(node), 'buffer')
  const reply = answer(target.length)
  target.copy(reply, headroom)
  return reply
}

/** STATFS */
export function statfs(share: Share, { node }: FuseRequest): Answer {
  const facts = statfsSync(share.folders.folder(share.table.has(node) && share.facts(node).isDirectory() ? node : 1), { bigint: true })
  const reply = answer(80)
  for (const [index, value] of [facts.blocks, facts.bfree, facts.bavail, facts.files, facts.ffree].entries()) reply.writeBigUInt64LE(BigInt.asUintN(64, value), headroom + index * 8)
  reply.writeUInt32LE(Number(facts.bsize), headroom + 40)
  reply.writeUInt32LE(255, headroom + 44)
  reply.writeUInt32LE(Number(facts.bsize), headroom + 48)
  return reply
}

/** SETATTR: chmod, chown, truncate, utimes. */
export function setattr(share: Share, request: FuseRequest): Answer {
  const { node, body, uid } = request
  requireBytes(body, 88)
  const valid = body.readUInt32LE(0)
  const before = share.facts(node)
  noteChange(share, node, before)
  const shown = share.show(node, before)
  const isOwner = uid === 0 || uid === shown.uid || !share.parts.owners.get(before)
  if ((valid & setattrBit.mode) !== 0 && !isOwner) return errno.EPERM
  if ((valid & setattrBit.size) !== 0) truncate(share, request, before)
  const wanted = { mode: shown.mode, uid: shown.uid, gid: shown.gid, rdev: shown.rdev }
  if ((valid & setattrBit.mode) !== 0) {
    wanted.mode = (shown.mode & fileType.mask) | (body.readUInt32LE(68) & 0o7777)
    changeHostMode(share, node, { before, mode: wanted.mode })
  }
  if ((valid & (setattrBit.uid | setattrBit.gid)) !== 0) changeOwner(wanted, { valid, body, uid, isOwner })
  if ((valid & (setattrBit.mode | setattrBit.uid | setattrBit.gid)) !== 0) share.remember(share.facts(node), wanted)
  if ((valid & (setattrBit.atime | setattrBit.mtime)) !== 0) changeTimes(share, request, before)
  const after = share.facts(node)
  share.table.see(node, after)
  return share.attrAnswer(node, after)
}

/** The host changed a file since the guest was told of it: what the guest has of it is old. */
export function noteChange(share: Share, id: number, stats: BigIntStats): void {
  if (share.table.isAsSeen(id, stats)) return
  share.table.see(id, stats)
  if (stats.isFile()) share.parts.notices.node(id, old.content)
}

function truncate(share: Share, { node, body, uid, gid }: FuseRequest, stats: BigIntStats): void {
  if (!stats.isFile()) throw new FuseError(stats.isDirectory() ? 'EISDIR' : 'EINVAL')
  if (!mayAccess(share, { id: node, stats, uid, gid, mask: 2 })) throw new FuseError('EACCES')
  ftruncateSync(share.files.forWriting(node), sizeAt(body, 16))
}

/** The host holds the permissions only: no set-user-ID on the host, and folders stay open to the server. */
function changeHostMode(share: Share, id: number, { before, mode }: { before: BigIntStats; mode: number }): void {
  if (before.isSymbolicLink()) throw new FuseError('EOPNOTSUPP')
  const permissions = (mode & 0o777) | (before.isDirectory() ? 0o700 : 0)
  if ((Number(before.mode) & 0o7777) === permissions) return
  const nameless = share.files.nameless(id)
  try {
    if (nameless !== undefined) fchmodSync(nameless, permissions)
    else if (share.table.parent(id) === 0) chmodEntry(`${share.folders.folder(id)}/.`, permissions)
    else chmodEntry(share.files.path(id), permissions)
  } catch (error) {
    // Somebody else's file: the guest sees what it asked for, the host stays as it is.
    if (errnoOf(error) !== 'EPERM') throw error
  }
}

function changeOwner(wanted: { uid: number; gid: number }, { valid, body, uid, isOwner }: { valid: number; body: Buffer; uid: number; isOwner: boolean }): void {
  if ((valid & setattrBit.uid) !== 0) {
    const next = body.readUInt32LE(76)
    if (uid !== 0 && (next !== wanted.uid || !isOwner)) throw new FuseError('EPERM')
    wanted.uid = next
  }
  if ((valid & setattrBit.gid) !== 0) {
    if (!isOwner) throw new FuseError('EPERM')
    wanted.gid = body.readUInt32LE(80)
  }
}

function changeTimes(share: Share, { node, body }: FuseRequest, before: BigIntStats): void {
  const valid = body.readUInt32LE(0)
  const atime = wantedTime(valid, body, { set: setattrBit.atime, now: setattrBit.atimeNow, seconds: 32, nanoseconds: 56 }) ?? before.atimeNs
  const mtime = wantedTime(valid, body, { set: setattrBit.mtime, now: setattrBit.mtimeNow, seconds: 40, nanoseconds: 60 })
  const nameless = share.files.nameless(node)
  const times = [toSeconds(atime), toSeconds(mtime ?? before.mtimeNs)] as const
  if (nameless !== undefined) futimesSync(nameless, ...times)
  else if (share.table.parent(node) === 0) lutimesSync(`${share.folders.folder(node)}/.`, ...times)
  else lutimesSync(share.files.path(node), ...times)
  if (mtime !== undefined) share.rememberTime(node, mtime, share.facts(node).mtimeNs)
}

function wantedTime(valid: number, body: Buffer, at: { set: number; now: number; seconds: number; nanoseconds: number }): bigint | undefined {
  if ((valid & at.set) === 0) return undefined
  if ((valid & at.now) !== 0) return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n
  return body.readBigInt64LE(at.seconds) * 1_000_000_000n + BigInt(body.readUInt32LE(at.nanoseconds) % 1_000_000_000)
}

function toSeconds(ns: bigint): number {
  return Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9
}
