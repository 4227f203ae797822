import { realpathSync } from 'node:fs'
import type { Logger } from '#base/log.ts'
import { errno, errnoOfFailure, notice, op, rootId } from './fuse/protocol.ts'
import { answer } from './fuse/records.ts'
import type { FuseRequest } from './fuse/request.ts'
import { NodeJournal } from './nodes/node-journal.ts'
import { syncFile } from './operations/data.ts'
import { Listings } from './operations/listing.ts'
import { operate } from './operations/operate.ts'
import type { OwnerMemory } from './owner-memory.ts'
import { toGuest } from './port/frames.ts'
import { type Old, old } from './guest-notices.ts'
import type { HiddenFolder } from './hidden-folder.ts'
import { type Answer, Share } from './share.ts'
import { EventReplay } from './watch/event-replay.ts'
import { SingleFolderWatches, WholeShareWatch } from './watch/folder-watch.ts'
import { HostChanges } from './watch/host-changes.ts'
import { RepeatedNotices } from './watch/repeated-notices.ts'

/** What one mounted share is served with. */
export interface ServedShareParts {
  guestPath: string
  /** The folder on the host. */
  root: string
  hidden: readonly HiddenFolder[]
  owners: OwnerMemory
  log: Logger
  /** Where its nodes are written down, and for which boot of the guest they count. */
  journal: { path: string; boot: string }
  /** Sends a frame of this mount. */
  send(kind: number, data: Buffer): void
}

/** A share that the guest has mounted, with everything that belongs to it. */
export class ServedShare implements Disposable {
  readonly guestPath: string
  readonly #share: Share
  readonly #listings: Listings
  readonly #repeated: RepeatedNotices
  readonly #changes: HostChanges
  readonly #events: EventReplay
  readonly #journal: NodeJournal
  readonly #watches: SingleFolderWatches | WholeShareWatch

  constructor({ guestPath, root, hidden, owners, log, journal, send }: ServedShareParts) {
    this.guestPath = guestPath
    const notify = (code: number, body: Buffer): void => send(toGuest.notify, noticeOf(code, body))
    this.#repeated = new RepeatedNotices((id, what) => {
      notify(notice.invalInode, nodeNotice(id, what !== old.facts))
      const { table } = this.#share
      if (what === old.length && table.parent(id) !== 0) notify(notice.invalEntry, entryNotice(table.parent(id), table.name(id), expireOnly))
    })
    const notices = {
      entry: (parent: number, name: string) => notify(notice.invalEntry, entryNotice(parent, name)),
      node: (id: number, what: Old) => this.#repeated.tell(id, what),
      answered: (id: number) => this.#repeated.answered(id),
    }
    this.#share = new Share({ root: realPath(root), hidden, owners, log, notices })
    this.#listings = new Listings(this.#share)
    this.#events = new EventReplay(this.#share, (data) => send(toGuest.event, data))
    this.#journal = new NodeJournal(this.#share.table, { ...journal, root: guestPath })
    this.#share.refreshRoot()
    const onChange = (folder: number, name: string): void => this.#changes.add(folder, name)
    this.#watches = process.platform === 'linux' ? new SingleFolderWatches(this.#share, onChange) : new WholeShareWatch(this.#share, onChange)
    this.#share.watches = this.#watches
    this.#changes = new HostChanges(this.#share, this.#events, (parent, name) => this.#watches.isOwnRemoval(parent, name))
    // Nobody watched since the former server ended.
    if (this.#journal.isInherited) this.#changes.checkAll()
  }

  /** The answer to a request; undefined when there is none, or when `settle` gets it later. */
  answer(request: FuseRequest, settle: (answer: Buffer | number) => void): Answer {
    try {
      if (request.opcode === op.fsync) {
        syncFile(this.#share, request, (error) => settle(error ? errnoOfFailure(error) : answer(0)))
        return undefined
      }
      const isReplay = request.pid !== 0 && request.pid === this.#events.process
      return (isReplay ? this.#events.answer(request) : undefined) ?? this.#operate(request)
    } catch (error) {
      return request.opcode === op.forget || request.opcode === op.batchForget ? undefined : errnoOfFailure(error)
    } finally {
      this.#repeated.answered(request.node)
    }
  }

  /** An operation on the root of a folder that was taken away and came back is tried on the new one. */
  #operate(request: FuseRequest): Answer {
    try {
      return operate(this.#share, request, this.#listings)
    } catch (error) {
      if (request.node !== rootId || errnoOfFailure(error) !== errno.ESTALE || !this.#share.refreshRoot()) throw error
      return operate(this.#share, request, this.#listings)
    }
  }

  /** Who replays file events in the guest; whatever was to be replayed is not any more. */
  useEventProcess(id: number): void {
    this.#events.restart(id)
  }

  finishEvent(): void {
    this.#events.finished()
  }

  /** Before answers leave: the next engine knows what they say, and the host may run what was written. */
  endTurn(): void {
    this.#share.files.endTurn()
    this.#journal.flush()
  }

  /** Lets go of what is held only to be fast. */
  rest(): void {
    this.#share.files.rest()
    this.#share.folders.rest()
    this.#listings.rest()
  }

  [Symbol.dispose](): void {
    this.#changes.stop()
    this.#repeated[Symbol.dispose]()
    this.#watches[Symbol.dispose]()
    this.#share[Symbol.dispose]()
    this.#journal[Symbol.dispose]()
  }
}

/** struct fuse_out_header with unique 0: a notice. */
function noticeOf(code: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.alloc(16), body])
  message.writeUInt32LE(message.length, 0)
  message.writeInt32LE(code, 4)
  return message
}

/** FUSE_EXPIRE_ONLY: the name is looked up again, and what uses it goes on. */
const expireOnly = 1

/** struct fuse_notify_inval_entry_out and the name. */
function entryNotice(parent: number, name: string, flags = 0): Buffer {
  const body = Buffer.alloc(16 + name.length + 1)
  body.writeUInt32LE(parent, 0)
  body.writeUInt32LE(name.length, 8)
  body.writeUInt32LE(flags, 12)
  body.write(name, 16, 'latin1')
  return body
}

/** struct fuse_notify_inval_inode_out; an offset below 0 means attributes only. */
function nodeNotice(id: number, content: boolean): Buffer {
  const body = Buffer.alloc(24)
  body.writeUInt32LE(id, 0)
  body.writeBigInt64LE(content ? 0n : -1n, 8)
  return body
}

/** The path without links; a folder that is not there now is served when it comes. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
