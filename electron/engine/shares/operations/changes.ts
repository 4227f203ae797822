import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, linkSync, mkdirSync, openSync, readlinkSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { errnoOf } from '#base/errno.ts'
import { errno, fileType, FuseError } from '../fuse/protocol.ts'
import { type FuseRequest, nameAt, nodeAt, requireBytes, textAt } from '../fuse/request.ts'
import { chmodEntry } from '../host/host-files.ts'
import { type Answer, done, mayAccess, type Share } from '../share.ts'

/** What a new entry will show: the creator's, and its folder's group where that asks for it. */
interface Creation {
  parent: number
  name: string
  uid: number
  gid: number
}

/** MKNOD: files, and fifos, sockets and devices as empty files that are remembered to be such. */
export function mknod(share: Share, request: FuseRequest): Answer {
  const { body, isReplayed } = request
  requireBytes(body, 16)
  const { name } = nameAt(body, 16)
  const creation = begin(share, request, name)
  const asked = body.readUInt32LE(0)
  const mode = (asked & fileType.mask) === 0 ? asked | fileType.regular : asked
  const path = share.folders.entry(request.node, name)
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | (constants.O_NOFOLLOW ?? 0), 0o600)
  } catch (error) {
    const stats = isReplayed ? share.entryFacts(request.node, name) : undefined
    if (stats?.isFile() && stats.size === 0n) return share.entryAnswer(request.node, name, stats)
    // The kernel looks again and opens what the host has made meanwhile, or finds it in the way.
    if (errnoOf(error) === 'EEXIST') return errno.ESTALE
    throw error
  }
  try {
    const isRegular = (mode & fileType.mask) === fileType.regular
    if (isRegular) fchmodSync(descriptor, mode & 0o777)
    const stats = fstatSync(descriptor, { bigint: true })
    share.remember(stats, { mode: mode & (fileType.mask | 0o7777), uid: creation.uid, gid: creation.gid, rdev: isRegular ? 0 : body.readUInt32LE(4) })
    return share.entryAnswer(request.node, name, stats)
  } finally {
    closeSync(descriptor)
  }
}

/** MKDIR */
export function mkdir(share: Share, request: FuseRequest): Answer {
  const { body, node, isReplayed } = request
  requireBytes(body, 8)
  const { name } = nameAt(body, 8)
  const creation = begin(share, request, name)
  const path = share.folders.entry(node, name)
  const inherited = share.show(node, share.folders.stat(node)).mode & 0o2000
  const mode = (body.readUInt32LE(0) & 0o7777) | inherited
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const stats = isReplayed ? share.entryFacts(node, name) : undefined
    if (!stats?.isDirectory() || stats.nlink !== 2n) throw error
  }
  if ((mode & 0o077) !== 0) chmodEntry(path, (mode & 0o777) | 0o700)
  return finish(share, creation, fileType.folder | mode)
}

/** SYMLINK: followed by the guest's kernel only, so it may point anywhere. */
export function symlink(share: Share, request: FuseRequest): Answer {
  const { name, next } = nameAt(request.body, 0)
  const target = textAt(request.body, next)
  const creation = begin(share, request, name)
  const path = share.folders.entry(request.node, name)
  try {
    symlinkSync(target, path)
  } catch (error) {
    const stats = request.isReplayed ? share.entryFacts(request.node, name) : undefined
    if (!stats?.isSymbolicLink() || !readlinkSync(path, 'buffer').equals(target)) throw error
  }
  return finish(share, creation, fileType.link | 0o777)
}

/** LINK */
export function link(share: Share, request: FuseRequest): Answer {
  const { node, body, isReplayed } = request
  requireBytes(body, 8)
  const old = nodeAt(body, 0)
  const { name } = nameAt(body, 8)
  begin(share, request, name)
  if (share.facts(old).isDirectory()) return errno.EPERM
  if (share.files.nameless(old) !== undefined) return errno.ENOENT
  try {
    linkSync(share.files.path(old), share.folders.entry(node, name))
  } catch (error) {
    const present = isReplayed ? share.entryFacts(node, name) : undefined
    if (!present || !share.table.isSame(old, present)) throw error
  }
  return share.entryAnswer(node, name, present(share.entryFacts(node, name)))
}

/** UNLINK */
export function unlink(share: Share, request: FuseRequest): Answer {
  const { node, isReplayed } = request
  const { name } = nameAt(request.body, 0)
  requireWritable(share, request, node)
  const stats = share.entryFacts(node, name)
  if (!stats) return isReplayed ? done() : errno.ENOENT
  if (stats.isDirectory()) return errno.EISDIR
  requireUnstuck(share, request, { parent: node, stats })
  share.depart(node, name, stats)
  unlinkSync(share.folders.entry(node, name))
  gone(share, node, name)
  return done()
}

/** RMDIR */
export function rmdir(share: Share, request: FuseRequest): Answer {
  const { node, isReplayed } = request
  const { name } = nameAt(request.body, 0)
  requireWritable(share, request, node)
  const stats = share.entryFacts(node, name)
  if (!stats) return isReplayed ? done() : errno.ENOENT
  if (!stats.isDirectory()) return errno.ENOTDIR
  requireUnstuck(share, request, { parent: node, stats })
  share.depart(node, name, stats)
  rmdirSync(share.folders.entry(node, name))
  gone(share, node, name)
  return done()
}

const noReplace = 1

/** RENAME and RENAME2; exchanging and whiteouts are not offered. */
export function rename(share: Share, request: FuseRequest, hasFlags: boolean): Answer {
  const { node, body, isReplayed } = request
  const headBytes = hasFlags ? 16 : 8
  requireBytes(body, headBytes)
  const to = nodeAt(body, 0)
  const flags = hasFlags ? body.readUInt32LE(8) : 0
  const { name, next } = nameAt(body, headBytes)
  const { name: toName } = nameAt(body, next)
  if ((flags & ~noReplace) !== 0) return errno.EINVAL
  requireWritable(share, request, node)
  requireWritable(share, request, to)
  const source = share.entryFacts(node, name)
  const path = share.folders.entry(to, toName)
  const target = share.entryFacts(to, toName)
  if (!source) return isReplayed && target ? done() : errno.ENOENT
  requireUnstuck(share, request, { parent: node, stats: source })
  if (target && flags === noReplace) return errno.EEXIST
  if (target && target.ino === source.ino && target.dev === source.dev && (node !== to || name !== toName) && source.nlink > 1n) return done()
  if (target) {
    requireUnstuck(share, request, { parent: to, stats: target })
    share.depart(to, toName, target)
  } else requireFree(share, to, toName)
  renameSync(share.folders.entry(node, name), path)
  if (target) share.departed(to, toName)
  share.watches.removed(node, name)
  const moved = share.table.find(source)
  if (moved !== 0) {
    share.table.place(moved, to, toName)
    // Moving changes the time of change, which is ours and no news.
    const after = share.entryFacts(to, toName)
    if (after && share.table.isSame(moved, after)) share.table.see(moved, after)
  }
  return done()
}

function begin(share: Share, request: FuseRequest, name: string): Creation {
  const { node, uid, gid } = request
  share.requireFolder(node)
  share.watches.ensure(node)
  const folder = requireWritable(share, request, node)
  requireFree(share, node, name)
  const shown = share.show(node, folder)
  return { parent: node, name, uid, gid: (shown.mode & 0o2000) === 0 ? gid : shown.gid }
}

/** A hidden folder's name is taken although nobody sees it. */
function requireFree(share: Share, parent: number, name: string): void {
  if (share.parts.hidden.length === 0 || !share.parts.hidden.some((hidden) => hidden.parent.ino === share.table.ino(parent))) return
  if (share.entryFacts(parent, name) === undefined && share.folders.list(parent).some((entry) => entry.name === name)) throw new FuseError('EACCES')
}

function finish(share: Share, { parent, name, uid, gid }: Creation, mode: number): Answer {
  const stats = present(share.entryFacts(parent, name))
  share.remember(stats, { mode: stats.isSymbolicLink() ? Number(stats.mode) : mode, uid, gid, rdev: 0 })
  return share.entryAnswer(parent, name, stats)
}

function present(stats: BigIntStats | undefined): BigIntStats {
  if (stats) return stats
  throw new FuseError('ENOENT')
}

/** @throws FuseError EACCES where the guest forbade it; the host refuses by itself. Returns the folder's facts. */
function requireWritable(share: Share, { uid, gid }: FuseRequest, folder: number): BigIntStats {
  share.requireFolder(folder)
  const stats = share.folders.stat(folder)
  if (!mayAccess(share, { id: folder, stats, uid, gid, mask: 3 })) throw new FuseError('EACCES')
  return stats
}

/** The sticky bit as the guest set it: only the owner of an entry or of its folder may take it away. */
function requireUnstuck(share: Share, { uid }: FuseRequest, { parent, stats }: { parent: number; stats: BigIntStats }): void {
  if (uid === 0) return
  const folder = share.folders.stat(parent)
  if (!share.parts.owners.get(folder)) return
  const shown = share.show(parent, folder)
  if ((shown.mode & 0o1000) === 0 || shown.uid === uid) return
  if (share.show(share.table.find(stats), stats).uid !== uid) throw new FuseError('EPERM')
}

function gone(share: Share, parent: number, name: string): void {
  share.departed(parent, name)
  share.watches.removed(parent, name)
}
