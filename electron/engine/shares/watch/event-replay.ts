import type { BigIntStats } from 'node:fs'
import { readlinkSync } from 'node:fs'
import { errno, fileType, op, rootId } from '../fuse/protocol.ts'
import { answer, entryBytes, headroom, writeEntry } from '../fuse/records.ts'
import { type FuseRequest, nameAt, nodeAt } from '../fuse/request.ts'
import { nodeFlag } from '../nodes/node-table.ts'
import { type Answer, done, type Share } from '../share.ts'

/** The numbers of resources/guest/shares/events.c. */
const kinds = { created: 1, removed: 2, modified: 3, changed: 4, renamed: 5 } as const
type Kind = keyof typeof kinds

/** One event that the guest replays: where, and what its requests will be about. */
interface Replay {
  kind: Kind
  parent: number
  name: string
  node: number
  type: number
  to?: { parent: number; name: string }
}

/** More than that at once (a checkout of a large tree) and programs in the guest hear of the rest only when they look. */
const mostWaiting = 512

/**
 * File events in the guest for what the host did. No notice of FUSE raises inotify, but doing the thing through the
 * mount does: a process of ours in the guest does it again, and here its requests are answered without doing anything.
 */
export class EventReplay {
  readonly #share: Share
  readonly #send: (data: Buffer) => void
  #waiting: Replay[] = []
  /** The process that replays, as the guest counts them; 0 while there is none. */
  process = 0

  constructor(share: Share, send: (data: Buffer) => void) {
    this.#share = share
    this.#send = send
  }

  created(parent: number, name: string, stats: BigIntStats): void {
    const type = typeOf(stats)
    const target = type === fileType.link ? readlinkSync(this.#share.folders.entry(parent, name), 'buffer') : Buffer.alloc(0)
    this.#add({ kind: 'created', parent, name, node: 0, type }, target)
    if (type === fileType.regular && stats.size > 0n) this.#add({ kind: 'modified', parent, name, node: 0, type })
  }

  removed(node: number): void {
    const { table } = this.#share
    const type = table.is(node, nodeFlag.folder) ? fileType.folder : fileType.regular
    this.#add({ kind: 'removed', parent: table.parent(node), name: table.name(node), node, type })
  }

  changed(node: number, stats: BigIntStats): void {
    const { table } = this.#share
    const kind = stats.isFile() && stats.mtimeNs === stats.ctimeNs ? 'modified' : 'changed'
    this.#add({ kind, parent: table.parent(node), name: table.name(node), node, type: typeOf(stats) })
  }

  /** Before the node is placed anew. */
  renamed(node: number, to: { folder: number; name: string; stats: BigIntStats }): void {
    const { table } = this.#share
    const target = this.#path(to.folder, to.name)
    if (target === undefined) return
    this.#add({ kind: 'renamed', parent: table.parent(node), name: table.name(node), node, type: typeOf(to.stats), to: { parent: to.folder, name: to.name } }, target)
  }

  /** The guest has done with the first one. */
  finished(): void {
    this.#waiting.shift()
  }

  /** Another guest process, or none: nothing waits any more. */
  restart(process: number): void {
    this.process = process
    this.#waiting = []
  }

  /** The answer to a request of a replay; undefined for one that is to be answered as anybody's. */
  answer(request: FuseRequest): Answer {
    const replay = this.#waiting[0]
    switch (request.opcode) {
      case op.lookup:
        return replay && this.#lookup(request, replay)
      case op.mknod:
        return replay?.kind === 'created' && this.#isAbout(request.node, nameAt(request.body, 16).name, replay) ? this.#entry(replay) : errno.EAGAIN
      case op.mkdir:
        return replay?.kind === 'created' && this.#isAbout(request.node, nameAt(request.body, 8).name, replay) ? this.#entry(replay) : errno.EAGAIN
      case op.symlink:
        return replay?.kind === 'created' && this.#isAbout(request.node, nameAt(request.body, 0).name, replay) ? this.#entry(replay) : errno.EAGAIN
      case op.unlink:
      case op.rmdir:
        return replay?.kind === 'removed' && this.#isAbout(request.node, nameAt(request.body, 0).name, replay) ? done() : errno.EAGAIN
      case op.rename:
      case op.rename2:
        return replay?.kind === 'renamed' && request.node === replay.parent && nodeAt(request.body, 0) === replay.to?.parent ? done() : errno.EAGAIN
      case op.setattr:
        return this.#share.attrAnswer(request.node, this.#share.facts(request.node))
      case op.write:
      case op.link:
      case op.fallocate:
      case op.copyFileRange:
        return errno.EAGAIN
      default:
        return undefined
    }
  }

  #lookup({ node, body }: FuseRequest, replay: Replay): Answer {
    const { name } = nameAt(body, 0)
    if (replay.to?.parent === node && replay.to.name === name) return errno.ENOENT
    if (!this.#isAbout(node, name, replay)) return undefined
    if (replay.kind === 'created') return errno.ENOENT
    return replay.kind === 'removed' || replay.kind === 'renamed' ? this.#former(replay) : undefined
  }

  /** What was there: the kernel needs no more of it than its type. */
  #former({ node, type }: Replay): Answer {
    const { table } = this.#share
    if (!table.has(node)) return errno.ENOENT
    table.count(node)
    const reply = answer(entryBytes)
    writeEntry(reply, headroom, { id: node, generation: table.generation(node), validity: { entry: 0, attributes: 0 } })
    reply.writeBigUInt64LE(this.#share.inodeNumber(node), headroom + 40)
    reply.writeUInt32LE(type | 0o600, headroom + 40 + 60)
    reply.writeUInt32LE(1, headroom + 40 + 64)
    return reply
  }

  #entry({ parent, name }: Replay): Answer {
    const stats = this.#share.entryFacts(parent, name)
    return stats ? this.#share.entryAnswer(parent, name, stats) : errno.ENOENT
  }

  #isAbout(parent: number, name: string, replay: Replay): boolean {
    return replay.parent === parent && replay.name === name
  }

  #add(replay: Replay, second: Buffer = Buffer.alloc(0)): void {
    const path = this.#path(replay.parent, replay.name)
    if (this.process === 0 || path === undefined || this.#waiting.length >= mostWaiting) return
    this.#waiting.push(replay)
    const head = Buffer.alloc(8)
    head.writeUInt32LE(kinds[replay.kind], 0)
    head.writeUInt32LE(replay.type, 4)
    this.#send(Buffer.concat([head, path, Buffer.from([0]), second, Buffer.from([0])]))
  }

  /** A path below the share; undefined when the folder has no place any more. */
  #path(parent: number, name: string): Buffer | undefined {
    const { table } = this.#share
    const names = [name]
    for (let at = parent; at !== rootId; at = table.parent(at)) {
      if (at === 0 || names.length > 200) return undefined
      names.unshift(table.name(at))
    }
    return Buffer.from(names.join('/'), 'latin1')
  }
}

function typeOf(stats: BigIntStats): number {
  return Number(stats.mode) & fileType.mask
}
