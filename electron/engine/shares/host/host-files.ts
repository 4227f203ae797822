import { type BigIntStats, chmodSync, closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs'
import { errnoOf } from '#base/errno.ts'
import { FuseError } from '../fuse/protocol.ts'
import type { NodeTable } from '../nodes/node-table.ts'
import type { HostFolders } from './host-folders.ts'

/** How many files are held open for reading, and how many that lost their name while the guest may use them. */
const mostReading = 256
const mostNameless = 8192

/** O_NOFOLLOW_ANY of macOS: no symbolic link anywhere in the path. */
const noFollow = process.platform === 'darwin' ? 0x2000_0000 : (constants.O_NOFOLLOW ?? 0)
const openSafely = noFollow | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * Descriptors of files by their node. The guest's kernel opens and closes without telling us, so the server opens at
 * need, checks that the file is the node's, and keeps what has no name any more until the kernel forgets it.
 */
export class HostFiles implements Disposable {
  readonly #table: NodeTable
  readonly #folders: HostFolders
  readonly #reading = new Map<number, number>()
  readonly #writing = new Map<number, number>()
  readonly #nameless = new Map<number, number>()

  constructor(table: NodeTable, folders: HostFolders) {
    this.#table = table
    this.#folders = folders
  }

  /** Facts of a node that is no folder, or is one; never of what a link points to. @throws FuseError ESTALE when it is gone. */
  stat(id: number): BigIntStats {
    const nameless = this.#nameless.get(id)
    if (nameless !== undefined) return fstatSync(nameless, { bigint: true })
    const facts = lstatSync(this.path(id), { bigint: true, throwIfNoEntry: false })
    if (!facts || !this.#table.isSame(id, facts)) throw new FuseError('ESTALE')
    return facts
  }

  /** Where a node that has a name is. */
  path(id: number): ReturnType<HostFolders['entry']> {
    const parent = this.#table.parent(id)
    if (parent === 0) throw new FuseError('ESTALE')
    return this.#folders.entry(parent, this.#table.name(id))
  }

  /** The descriptor of a file without a name. */
  nameless(id: number): number | undefined {
    return this.#nameless.get(id)
  }

  /** A descriptor to read from; held a while. */
  forReading(id: number): number {
    const known = this.#nameless.get(id) ?? this.#writing.get(id) ?? this.#reading.get(id)
    if (known !== undefined) return known
    const descriptor = this.#open(id, constants.O_RDONLY)
    if (this.#reading.size >= mostReading) this.#close(this.#reading, this.#reading.keys().next().value!)
    this.#reading.set(id, descriptor)
    return descriptor
  }

  /** A descriptor to write to; held until `endTurn`: the host cannot run a program that somebody has open for writing. */
  forWriting(id: number): number {
    const known = this.#nameless.get(id) ?? this.#writing.get(id)
    if (known !== undefined) return known
    const descriptor = this.#open(id, constants.O_RDWR)
    this.#writing.set(id, descriptor)
    return descriptor
  }

  /** Before the last name of a file goes: what the guest has open stays usable. */
  keepNameless(id: number): void {
    if (this.#nameless.has(id)) return
    let descriptor: number | undefined
    try {
      descriptor = this.#open(id, constants.O_RDWR)
    } catch {
      try {
        descriptor = this.#open(id, constants.O_RDONLY)
      } catch {
        // Neither readable nor writable for us: nor would it have been for the guest.
      }
    }
    this.#close(this.#reading, id)
    this.#close(this.#writing, id)
    if (descriptor === undefined) return
    if (this.#nameless.size >= mostNameless) this.#close(this.#nameless, this.#nameless.keys().next().value!)
    this.#nameless.set(id, descriptor)
  }

  /** The file has a name again (a second hard link was met). */
  named(id: number): void {
    this.#close(this.#nameless, id)
  }

  forget(id: number): void {
    this.#close(this.#reading, id)
    this.#close(this.#writing, id)
    this.#close(this.#nameless, id)
  }

  /** A descriptor of the caller's own, to be closed by it. */
  openAlone(id: number): number {
    try {
      return this.#open(id, constants.O_RDWR)
    } catch (error) {
      if (error instanceof FuseError) throw error
      return this.#open(id, constants.O_RDONLY)
    }
  }

  /** Closes what was opened for writing; before the answers of this turn leave. */
  endTurn(): void {
    for (const id of this.#writing.keys()) this.#close(this.#writing, id)
  }

  /** Lets go of what is held open only to be fast. */
  rest(): void {
    this.endTurn()
    for (const id of this.#reading.keys()) this.#close(this.#reading, id)
  }

  [Symbol.dispose](): void {
    this.rest()
    for (const id of this.#nameless.keys()) this.#close(this.#nameless, id)
  }

  #open(id: number, access: number): number {
    const path = this.path(id)
    let descriptor: number
    try {
      descriptor = openSync(path, access | openSafely)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') throw new FuseError('ESTALE')
      if (errnoOf(error) !== 'EACCES') throw error
      descriptor = this.#openAsOwner(id, access, error)
    }
    const facts = fstatSync(descriptor, { bigint: true })
    if (facts.isFile() && this.#table.isSame(id, facts)) return descriptor
    closeSync(descriptor)
    throw new FuseError('ESTALE')
  }

  /** A file of the user's own whose mode keeps even the user out: in the guest root may, so its mode yields for a moment. */
  #openAsOwner(id: number, access: number, refusal: unknown): number {
    const facts = this.stat(id)
    if (process.platform === 'win32' || Number(facts.uid) !== process.getuid?.()) throw refusal
    return withMode(this.path(id), Number(facts.mode) & 0o7777, () => openSync(this.path(id), access | openSafely))
  }

  #close(from: Map<number, number>, id: number): void {
    const descriptor = from.get(id)
    if (descriptor === undefined) return
    from.delete(id)
    closeSync(descriptor)
  }
}

/** O_PATH of Linux. */
const oPath = 0o10000000

/** Runs chmod on exactly the file at a path, a link never followed. */
export function chmodEntry(path: ReturnType<HostFolders['entry']>, mode: number): void {
  if (process.platform === 'win32') return chmodSync(path, mode)
  if (process.platform !== 'linux') return chmodThrough(path, mode)
  const descriptor = openSync(path, oPath | noFollow)
  try {
    chmodSync(`/proc/self/fd/${descriptor}`, mode)
  } finally {
    closeSync(descriptor)
  }
}

/** macOS: lchmod does not follow. */
function chmodThrough(path: ReturnType<HostFolders['entry']>, mode: number): void {
  if (lstatSync(path).isSymbolicLink()) throw new FuseError('EOPNOTSUPP')
  chmodSync(path, mode)
}

function withMode<T>(path: ReturnType<HostFolders['entry']>, mode: number, work: () => T): T {
  chmodEntry(path, mode | 0o600)
  try {
    return work()
  } finally {
    chmodEntry(path, mode)
  }
}
