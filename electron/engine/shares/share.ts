import { type BigIntStats, lstatSync } from 'node:fs'
import type { Logger } from '#base/log.ts'
import { fileType, FuseError, rootId } from './fuse/protocol.ts'
import { answer, attrBytes, entryBytes, headroom, type Shown, type Validity, writeAttr, writeEntry } from './fuse/records.ts'
import type { HiddenFolder } from './hidden-folder.ts'
import { HostFiles } from './host/host-files.ts'
import { type HostEntry, type HostFolders, openHostFolders } from './host/host-folders.ts'
import { nodeFlag, NodeTable } from './nodes/node-table.ts'
import { type GuestNotices, old } from './guest-notices.ts'
import type { OwnerMemory, Remembered } from './owner-memory.ts'

/** Knows which folders are watched: what changes in one of them is told to the guest at once. */
export interface FolderWatches {
  /** Watches a folder if it can; whether it is watched. */
  ensure(folder: number): boolean
  isWatched(folder: number): boolean
  forget(folder: number): void
  /** The guest itself removed a name, which is no news. */
  removed(parent: number, name: string): void
}

/** What one share is made of. */
export interface ShareParts {
  /** The folder on the host, without links in it. */
  root: string
  hidden: readonly HiddenFolder[]
  owners: OwnerMemory
  notices: GuestNotices
  log: Logger
}

/** In seconds: what is watched is kept until something is told. */
const long = 3600

/** A shared folder: the nodes the guest's kernel knows and the files of the host behind them. */
export class Share implements Disposable {
  readonly table = new NodeTable()
  readonly folders: HostFolders
  readonly files: HostFiles
  readonly parts: ShareParts
  watches: FolderWatches = { ensure: () => false, isWatched: () => false, forget: () => undefined, removed: () => undefined }
  /** Times the host's clock calls cannot set to the nanosecond: what was asked for, and what the host made of it. */
  readonly #exactTimes = new Map<number, { asked: bigint; made: bigint }>()
  /** Files whose last name went while the kernel still knows them. */
  readonly #departed = new Map<number, BigIntStats>()

  constructor(parts: ShareParts) {
    this.parts = parts
    this.folders = openHostFolders(this.table, parts.root)
    this.files = new HostFiles(this.table, this.folders)
  }

  /** The host's facts of a node. @throws FuseError ESTALE when it is gone. */
  facts(id: number): BigIntStats {
    if (!this.table.has(id)) throw new FuseError('ESTALE')
    return this.table.is(id, nodeFlag.folder) ? this.folders.stat(id) : this.files.stat(id)
  }

  /** The host's facts of an entry, or undefined when there is none that the guest may see. */
  entryFacts(parent: number, name: string): BigIntStats | undefined {
    const facts = lstatSync(this.folders.entry(parent, name), { bigint: true, throwIfNoEntry: false })
    return facts && !this.isHidden(facts) ? facts : undefined
  }

  isHidden({ dev, ino }: { dev: bigint; ino: bigint }): boolean {
    return this.parts.hidden.some((hidden) => hidden.ino === ino && hidden.dev === dev)
  }

  /** A folder's entries that the guest may see. */
  list(id: number): HostEntry[] {
    const entries = this.folders.list(id)
    const hides = this.parts.hidden.some(({ parent }) => parent.ino === this.table.ino(id))
    return hides ? entries.filter(({ name }) => this.entryFacts(id, name) !== undefined) : entries
  }

  /** @throws FuseError ENOTDIR or ESTALE unless the node is a folder. */
  requireFolder(id: number): void {
    if (!this.table.has(id)) throw new FuseError('ESTALE')
    if (!this.table.is(id, nodeFlag.folder)) throw new FuseError('ENOTDIR')
  }

  /** What a file shows in the guest. */
  show(id: number, stats: BigIntStats): Shown {
    const hostMode = Number(stats.mode)
    const remembered = this.parts.owners.get(stats)
    const mtimeNs = this.#mtime(id, stats)
    if (!remembered) return { mode: hostMode, uid: Number(stats.uid), gid: Number(stats.gid), rdev: 0, mtimeNs }
    const { uid, gid, rdev } = remembered
    const mode = remembered.hostMode === hostMode ? remembered.mode : (remembered.mode & fileType.mask) | (hostMode & 0o7777)
    if (stats.isDirectory()) this.#guard(id, (mode & 1) === 0)
    return { mode, uid, gid, rdev, mtimeNs }
  }

  /** Remembers what the guest set of a file, as far as the host shows something else. */
  remember(stats: BigIntStats, wanted: Omit<Remembered, 'hostMode'>): void {
    const hostMode = Number(stats.mode)
    const isHeld = wanted.uid === Number(stats.uid) && wanted.gid === Number(stats.gid) && wanted.mode === hostMode && wanted.rdev === 0
    if (!isHeld) this.parts.owners.set(stats, { ...wanted, hostMode })
    else if (this.parts.owners.get(stats)) this.parts.owners.forget(stats)
  }

  rememberTime(id: number, asked: bigint, made: bigint): void {
    if (this.#exactTimes.size > 20_000) this.#exactTimes.clear()
    if (asked === made) this.#exactTimes.delete(id)
    else this.#exactTimes.set(id, { asked, made })
    this.table.set(id, nodeFlag.exactTime, asked !== made)
  }

  validity(parent: number, id: number, stats: BigIntStats): Validity {
    // Where not everybody may look, everybody is asked each time.
    const isKept = this.watches.isWatched(parent) && !this.table.is(parent, nodeFlag.guarded)
    if (stats.isDirectory()) return { entry: isKept ? long : 0, attributes: this.watches.isWatched(id) ? long : 0 }
    // A change made through another hard link is told to that name's folder only.
    return { entry: isKept ? long : 0, attributes: isKept && stats.nlink === 1n ? long : 0 }
  }

  /** Meets an entry the kernel is about to be told of. */
  meet(parent: number, name: string, stats: BigIntStats): number {
    const id = this.table.meet(parent, name, stats)
    this.table.count(id)
    this.table.see(id, stats)
    this.files.named(id)
    this.#departed.delete(id)
    return id
  }

  /** struct fuse_entry_out of an entry at `at`. */
  writeEntry(into: Buffer, at: number, { id, parent, stats }: { id: number; parent: number; stats: BigIntStats }): void {
    this.parts.notices.answered(id)
    writeEntry(into, at, { id, generation: this.table.generation(id), validity: this.validity(parent, id, stats) })
    writeAttr(into, at + 40, { stats, shown: this.show(id, stats), ino: this.inodeNumber(id) })
  }

  /** The answer that makes an entry known to the kernel. */
  entryAnswer(parent: number, name: string, stats: BigIntStats): Buffer {
    const id = this.meet(parent, name, stats)
    const reply = answer(entryBytes)
    this.writeEntry(reply, headroom, { id, parent, stats })
    return reply
  }

  /** The answer to GETATTR and SETATTR. */
  attrAnswer(id: number, stats: BigIntStats): Buffer {
    const reply = answer(16 + attrBytes)
    reply.writeUInt32LE(this.validity(this.table.parent(id), id, stats).attributes, headroom)
    writeAttr(reply, headroom + 16, { stats, shown: this.show(id, stats), ino: this.inodeNumber(id) })
    return reply
  }

  /** What stat shows as inode: the host's own, told apart where a share spans several file systems. */
  inodeNumber(id: number): bigint {
    const device = this.table.deviceIndex(id)
    const ino = this.table.ino(id)
    return device === 0 ? ino : BigInt.asUintN(64, ino ^ (BigInt(device) << 48n))
  }

  /** Before an entry's last name goes, by removal or by something else taking it: what the guest has open stays. */
  depart(parent: number, name: string, stats: BigIntStats): void {
    const id = this.table.find(stats)
    if (id === 0) {
      if (stats.nlink === 1n) this.parts.owners.forget(stats)
      return
    }
    if (this.table.parent(id) !== parent || this.table.name(id) !== name) return
    if (stats.isFile()) this.files.keepNameless(id)
    if (stats.nlink === 1n || stats.isDirectory()) this.#departed.set(id, stats)
  }

  /** After it went. */
  departed(parent: number, name: string): void {
    const id = this.table.child(parent, name)
    if (id !== 0) this.table.place(id, 0, '')
  }

  /** The kernel does not know the node any more. */
  forget(id: number): void {
    const stats = this.#departed.get(id)
    if (stats) this.parts.owners.forget(stats)
    this.#departed.delete(id)
    this.#exactTimes.delete(id)
    this.folders.forget(id)
    this.files.forget(id)
    this.watches.forget(id)
  }

  /** Opens the root anew when the folder of that path is another one than before; whether there is one. */
  refreshRoot(): boolean {
    const facts = lstatSync(this.parts.root, { bigint: true, throwIfNoEntry: false })
    if (!facts?.isDirectory()) return false
    if (this.table.isSame(rootId, facts)) return true
    this.folders.forget(rootId)
    this.watches.forget(rootId)
    this.table.setRoot(facts)
    this.parts.notices.node(rootId, old.content)
    return true
  }

  [Symbol.dispose](): void {
    this.files[Symbol.dispose]()
    this.folders[Symbol.dispose]()
  }

  /** The kernel lets everybody through to names it has kept: those of a folder that shuts somebody out are not kept. */
  #guard(id: number, isGuarded: boolean): void {
    if (id === 0 || this.table.is(id, nodeFlag.guarded) === isGuarded) return
    this.table.set(id, nodeFlag.guarded, isGuarded)
    if (isGuarded) for (const child of this.table.children(id)) this.parts.notices.entry(id, this.table.name(child))
  }

  #mtime(id: number, stats: BigIntStats): bigint {
    if (!this.table.is(id, nodeFlag.exactTime)) return stats.mtimeNs
    const exact = this.#exactTimes.get(id)
    return exact?.made === stats.mtimeNs ? exact.asked : stats.mtimeNs
  }
}

/** Whether what the guest set allows it; a file nobody set anything of is judged by the host alone. */
export function mayAccess(share: Share, { id, stats, uid, gid, mask }: { id: number; stats: BigIntStats; uid: number; gid: number; mask: number }): boolean {
  if (uid === 0 || !share.parts.owners.get(stats)) return true
  const shown = share.show(id, stats)
  const bits = shown.mode & 0o777
  if (uid === shown.uid) return ((bits >> 6) & mask) === mask
  if (gid === shown.gid) return ((bits >> 3) & mask) === mask
  // Other groups of the process are not told to us: one of them may be the file's.
  return (((bits >> 3) | bits) & mask) === mask
}

/** An empty answer. */
export function done(): Buffer {
  return answer(0)
}

/** What an operation answers: data, an error number, or nothing at all. */
export type Answer = Buffer | number | undefined
