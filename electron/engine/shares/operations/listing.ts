import { old } from '../guest-notices.ts'
import type { Answer, Share } from '../share.ts'
import { errno } from '../fuse/protocol.ts'
import { answerUnfilled, entryBytes, headroom } from '../fuse/records.ts'
import { type FuseRequest, requireBytes, sizeAt } from '../fuse/request.ts'
import type { HostEntry } from '../host/host-folders.ts'
import { hashName } from '../nodes/id-index.ts'

/** An entry with its place in the folder's order: a number that depends on its name alone, so that a listing can go on after changes and in another engine. */
interface Placed extends HostEntry {
  cookie: number
}

const direntBytes = 24
const folderType = 4
/** Cookies 1 and 2 are "." and "..". */
const firstCookie = 3

/** Listings under way; the kernel reads them in pieces of a page. */
const mostListings = 8

/** How many entries with their attributes one READDIRPLUS brings; the kernel asks for a page of them. */
const entriesAtOnce = 25
/** Of how many folders it is known that the kernel keeps their listing. */
const mostKept = 4096

/** READDIR and READDIRPLUS of one share. */
export class Listings {
  readonly #share: Share
  readonly #recent = new Map<number, Placed[]>()
  /** How many files may be read in a folder whose listing the kernel keeps until it is cheaper to list it again than to ask for each one's attributes. */
  readonly #readsLeft = new Map<number, number>()

  constructor(share: Share) {
    this.#share = share
  }

  read(request: FuseRequest, withEntries: boolean): Answer {
    const { node, body } = request
    requireBytes(body, 20)
    this.#share.requireFolder(node)
    const offset = sizeAt(body, 8)
    const size = Math.min(body.readUInt32LE(16), 1024 * 1024)
    if (withEntries || offset === 0) this.#share.watches.ensure(node)
    const entries = this.#entries(node, offset)
    if (offset === 0) this.#readsLeft.delete(node)
    const writer = new DirentWriter(this.#share, { node, size, withEntries })
    if (offset < 1 && !writer.addDot('.', 1)) return errno.EINVAL
    if (offset < 2 && !writer.addDot('..', 2)) return writer.answer()
    const first = firstAfter(entries, offset)
    for (let at = first; at < entries.length; at++) if (!writer.add(entries[at]!)) break
    // A listing that is dropped before its end is never kept again (fs/fuse/readdir.c fuse_add_dirent_to_cache finds no page to go on with).
    if (withEntries && offset > 0 && first === entries.length) this.#keep(node, first)
    return writer.answer()
  }

  /**
   * A file was read from its start. The kernel asks for the attributes of each of them again, one by one, when somebody looks at
   * them (fs/fuse/dir.c fuse_invalidate_atime); a listing of the folder they are in brings many at once, so it has to list anew.
   * Not for the folders in it, few of which are looked at together: resources/guest/shares/known.c answers for them.
   */
  noteRead(node: number): void {
    const folder = this.#share.table.parent(node)
    const left = this.#readsLeft.get(folder)
    if (left === undefined) return
    if (left > 1) return void this.#readsLeft.set(folder, left - 1)
    this.#readsLeft.delete(folder)
    this.#share.parts.notices.node(folder, old.content)
  }

  #keep(node: number, entries: number): void {
    if (this.#readsLeft.size >= mostKept) this.#readsLeft.clear()
    this.#readsLeft.set(node, Math.ceil(entries / entriesAtOnce) + 1)
  }

  #entries(node: number, offset: number): Placed[] {
    const known = this.#recent.get(node)
    if (offset > 0 && known) return known
    const entries = inOrder(this.#share.list(node))
    this.#recent.delete(node)
    if (this.#recent.size >= mostListings) this.#recent.delete(this.#recent.keys().next().value!)
    this.#recent.set(node, entries)
    return entries
  }

  /** Lets go of what is kept only to be fast. */
  rest(): void {
    this.#recent.clear()
  }
}

function inOrder(entries: HostEntry[]): Placed[] {
  const placed = entries.map((entry) => ({ ...entry, cookie: hashName(0, entry.name) * 0x10_0000 + (hashName(0x5bd1, entry.name) & 0xf_ffff) + firstCookie }))
  placed.sort((a, b) => a.cookie - b.cookie || (a.name < b.name ? -1 : 1))
  for (let at = 1; at < placed.length; at++) if (placed[at]!.cookie <= placed[at - 1]!.cookie) placed[at]!.cookie = placed[at - 1]!.cookie + 1
  return placed
}

function firstAfter(entries: readonly Placed[], offset: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (entries[middle]!.cookie <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Fills an answer with fuse_dirent or fuse_direntplus records. */
class DirentWriter {
  readonly #share: Share
  readonly #node: number
  readonly #withEntries: boolean
  readonly #reply: Buffer
  #used = headroom

  constructor(share: Share, { node, size, withEntries }: { node: number; size: number; withEntries: boolean }) {
    this.#share = share
    this.#node = node
    this.#withEntries = withEntries
    this.#reply = answerUnfilled(size)
  }

  addDot(name: string, cookie: number): boolean {
    const at = this.#room(name)
    if (at < 0) return false
    if (this.#withEntries) this.#reply.fill(0, at, at + entryBytes)
    const ino = name === '.' ? this.#share.inodeNumber(this.#node) : this.#share.inodeNumber(this.#share.table.parent(this.#node) || this.#node)
    this.#write(at, { name, cookie, type: folderType, ino })
    return true
  }

  add(entry: Placed): boolean {
    const at = this.#room(entry.name)
    if (at < 0) return false
    if (!this.#withEntries) {
      const known = this.#share.table.child(this.#node, entry.name)
      const ino = known === 0 ? this.#share.entryFacts(this.#node, entry.name)?.ino : this.#share.inodeNumber(known)
      if (ino !== undefined) this.#write(at, { ...entry, ino })
      return true
    }
    const stats = this.#share.entryFacts(this.#node, entry.name)
    if (!stats) return true
    const id = this.#share.meet(this.#node, entry.name, stats)
    this.#share.writeEntry(this.#reply, at, { id, parent: this.#node, stats })
    this.#write(at, { ...entry, ino: this.#share.inodeNumber(id) })
    return true
  }

  answer(): Buffer {
    return this.#reply.subarray(0, this.#used)
  }

  /** Where a record of a name fits, or -1. */
  #room(name: string): number {
    const bytes = (this.#withEntries ? entryBytes : 0) + direntBytes + ((name.length + 7) & ~7)
    return this.#used + bytes > this.#reply.length ? -1 : this.#used
  }

  #write(at: number, { name, cookie, type, ino }: { name: string; cookie: number; type: number; ino: bigint }): void {
    const start = this.#withEntries ? at + entryBytes : at
    this.#reply.writeBigUInt64LE(ino, start)
    this.#reply.writeBigUInt64LE(BigInt(cookie), start + 8)
    this.#reply.writeUInt32LE(name.length, start + 16)
    this.#reply.writeUInt32LE(type, start + 20)
    this.#reply.write(name, start + direntBytes, 'latin1')
    const end = start + direntBytes + ((name.length + 7) & ~7)
    this.#reply.fill(0, start + direntBytes + name.length, end)
    this.#used = end
  }
}
