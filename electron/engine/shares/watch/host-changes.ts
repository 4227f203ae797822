import type { BigIntStats } from 'node:fs'
import { rootId } from '../fuse/protocol.ts'
import { nodeFlag } from '../nodes/node-table.ts'
import { old } from '../guest-notices.ts'
import type { Share } from '../share.ts'
import type { EventReplay } from './event-replay.ts'

/** So many changes at once that the host's kernel may have dropped some (fs.inotify.max_queued_events is 16384 by default). */
const floodAt = 8000
/** Of so many names of one folder the guest is told one by one. */
const mostNames = 1000

/** Turns what the host did into what the guest must know: what it cached is old, and which file event its programs would have seen. */
export class HostChanges {
  readonly #share: Share
  readonly #events: EventReplay
  readonly #isOwnRemoval: (parent: number, name: string) => boolean
  #pending = new Map<string, { folder: number; name: string }>()
  #seen = 0
  #scheduled: NodeJS.Immediate | undefined

  constructor(share: Share, events: EventReplay, isOwnRemoval: (parent: number, name: string) => boolean) {
    this.#share = share
    this.#events = events
    this.#isOwnRemoval = isOwnRemoval
  }

  /** Something may have happened to a name; what comes together is looked at once. */
  add(folder: number, name: string): void {
    this.#seen++
    this.#pending.set(`${folder}/${name}`, { folder, name })
    this.#scheduled ??= setImmediate(() => this.#work())
  }

  stop(): void {
    clearImmediate(this.#scheduled)
    this.#pending.clear()
  }

  #work(): void {
    const pending = this.#pending
    const isFlood = this.#seen >= floodAt
    this.#pending = new Map()
    this.#seen = 0
    this.#scheduled = undefined
    // What is there first: a move is told as two names, and the new one says where the old one went.
    const isAbsent = ({ folder, name }: { folder: number; name: string }): boolean => !this.#attempt(folder, () => (name === '' ? this.#folderChanged(folder) : this.#appeared(folder, name)))
    for (const { folder, name } of [...pending.values()].filter(isAbsent)) this.#attempt(folder, () => this.#vanished(folder, name))
    if (isFlood) this.checkAll()
  }

  /** Looks at everything the guest may have cached: after a flood, and when another engine takes over. */
  checkAll(): void {
    const { table, parts } = this.#share
    for (let id = rootId; id < table.end; id++) {
      if (!table.has(id)) continue
      let facts: BigIntStats | undefined
      try {
        facts = this.#share.facts(id)
      } catch {
        if (id !== rootId && table.parent(id) !== 0) parts.notices.entry(table.parent(id), table.name(id))
      }
      if (facts && table.isAsSeen(id, facts)) continue
      parts.notices.node(id, facts?.isFile() && !table.isAsLong(id, facts) ? old.length : old.content)
      if (facts) table.see(id, facts)
      if (facts?.isDirectory()) this.#attempt(id, () => this.#checkNames(id))
    }
  }

  /** The kernel may hold of names it does not know that they do not exist. */
  #checkNames(folder: number): boolean {
    const { table, parts } = this.#share
    const unknown = this.#share.list(folder).filter(({ name }) => table.child(folder, name) === 0)
    // Dropping the folder's own name drops all it holds below; the root has none.
    if (unknown.length > mostNames && folder !== rootId) parts.notices.entry(table.parent(folder), table.name(folder))
    else for (const { name } of unknown) parts.notices.entry(folder, name)
    return true
  }

  /** Runs work on a folder; false when it said so or the folder is gone or shut, of which whoever asks next is told. */
  #attempt(folder: number, work: () => boolean): boolean {
    if (!this.#share.table.has(folder)) return true
    try {
      return work()
    } catch {
      this.#share.parts.notices.node(folder, old.content)
      return true
    }
  }

  #folderChanged(folder: number): boolean {
    if (folder === rootId) this.#share.refreshRoot()
    this.#share.parts.notices.node(folder, old.facts)
    return true
  }

  /** False when nothing has that name. */
  #appeared(folder: number, name: string): boolean {
    const { table, parts } = this.#share
    const known = table.child(folder, name)
    const stats = this.#share.entryFacts(folder, name)
    if (!stats) return false
    const node = table.find(stats)
    if (node !== 0 && node === known) {
      this.#changed(node, stats)
      return true
    }
    if (known !== 0) this.#lost(known)
    parts.notices.entry(folder, name)
    parts.notices.node(folder, old.facts)
    if (node !== 0 && this.#hasMoved(node)) {
      this.#events.renamed(node, { folder, name, stats })
      parts.notices.entry(table.parent(node), table.name(node))
      table.place(node, folder, name)
      table.see(node, stats)
    } else this.#events.created(folder, name, stats)
    return true
  }

  #vanished(folder: number, name: string): boolean {
    const known = this.#share.table.child(folder, name)
    if (this.#isOwnRemoval(folder, name) && known === 0) return true
    if (known !== 0) this.#lost(known)
    this.#share.parts.notices.entry(folder, name)
    this.#share.parts.notices.node(folder, old.facts)
    return true
  }

  /** The host took the name from a node. The event first: once told to drop the name, the kernel forgets the node as well. */
  #lost(node: number): void {
    this.#events.removed(node)
    this.#share.parts.notices.node(node, old.content)
    this.#share.table.place(node, 0, '')
  }

  #changed(node: number, stats: BigIntStats): void {
    const { table, parts } = this.#share
    if (table.isAsSeen(node, stats)) return
    const content = table.isAsLong(node, stats) ? old.content : old.length
    table.see(node, stats)
    parts.notices.node(node, table.is(node, nodeFlag.folder) ? old.facts : content)
    this.#events.changed(node, stats)
  }

  #hasMoved(node: number): boolean {
    const { table } = this.#share
    const parent = table.parent(node)
    if (parent === 0) return false
    const there = this.#share.entryFacts(parent, table.name(node))
    return !there || !table.isSame(node, there)
  }
}
