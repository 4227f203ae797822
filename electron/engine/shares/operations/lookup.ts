import { errno, rootId } from '../fuse/protocol.ts'
import { answer, entryBytes, headroom } from '../fuse/records.ts'
import { type FuseRequest, nameAt, nodeAt, requireBytes } from '../fuse/request.ts'
import { nodeFlag } from '../nodes/node-table.ts'
import { type Answer, mayAccess, type Share } from '../share.ts'

/** How long the kernel may remember that a name does not exist in a watched folder, in seconds. */
const longAbsent = 3600

/** LOOKUP: what a name in a folder is. */
export function lookup(share: Share, { node, body, uid, gid }: FuseRequest): Answer {
  share.requireFolder(node)
  const { name } = nameAt(body, 0)
  // Before looking: what changes after it is told.
  const isWatched = share.watches.ensure(node)
  if (uid !== 0 && !mayAccess(share, { id: node, stats: share.folders.stat(node), uid, gid, mask: 1 })) return errno.EACCES
  const stats = share.entryFacts(node, name)
  if (stats) return share.entryAnswer(node, name, stats)
  if (node === rootId && !share.refreshRoot()) return errno.ESTALE
  if (!isWatched || share.table.is(node, nodeFlag.guarded)) return errno.ENOENT
  const absent = answer(entryBytes)
  absent.writeUInt32LE(longAbsent, headroom + 16)
  return absent
}

/** FORGET has no answer. */
export function forget(share: Share, { node, body }: FuseRequest): Answer {
  requireBytes(body, 8)
  forgetOne(share, node, body.readUInt32LE(0))
  return undefined
}

/** BATCH_FORGET has no answer. */
export function batchForget(share: Share, { body }: FuseRequest): Answer {
  requireBytes(body, 8)
  const count = Math.min(body.readUInt32LE(0), Math.floor((body.length - 8) / 16))
  for (let i = 0; i < count; i++) forgetOne(share, nodeAt(body, 8 + i * 16), body.readUInt32LE(16 + i * 16))
  return undefined
}

function forgetOne(share: Share, node: number, times: number): void {
  if (share.table.forget(node, times)) share.forget(node)
}
