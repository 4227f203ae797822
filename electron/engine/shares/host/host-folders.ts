import { type BigIntStats, closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, type PathLike, readdirSync, statSync } from 'node:fs'
import { FuseError, rootId } from '../fuse/protocol.ts'
import type { NodeTable } from '../nodes/node-table.ts'
import { bytesPath, guestName, hostName } from './names.ts'

/** One entry of a folder: bytes of its name, one character each. */
export interface HostEntry {
  name: string
  /** A type of linux/dirent.h, 0 when it is not known. */
  type: number
}

/**
 * Folders of the host by their node. Every path it gives names an entry of exactly the folder that the node stands for,
 * never of what lies under that name meanwhile; the entry itself is not followed if the operation does not follow it.
 */
export interface HostFolders extends Disposable {
  /** A path of the folder itself, for listing and watching. @throws FuseError ESTALE when it is gone. */
  folder(id: number): string
  /** A path of an entry, for operations that do not follow a symbolic link in the last place. */
  entry(id: number, name: string): PathLike
  list(id: number): HostEntry[]
  /** The folder's own facts. */
  stat(id: number): BigIntStats
  forget(id: number): void
  /** Lets go of what is held open only to be fast. */
  rest(): void
}

/** O_PATH of Linux, the same on x64 and arm64; Node has no name for it. */
export const oPath = 0o10000000
const openFolder = oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** How many folders are held open at most. */
const mostOpen = 2048

/** Linux: descriptors of folders, and their entries through /proc/self/fd, which is what openat does. */
export class DescriptorFolders implements HostFolders {
  readonly #table: NodeTable
  readonly #root: string
  readonly #open = new Map<number, number>()

  constructor(table: NodeTable, root: string) {
    this.#table = table
    this.#root = root
  }

  folder(id: number): string {
    return `/proc/self/fd/${this.#descriptor(id)}`
  }

  entry(id: number, name: string): PathLike {
    return bytesPath(this.folder(id), name)
  }

  list(id: number): HostEntry[] {
    const found = readdirSync(this.folder(id), { encoding: 'latin1', withFileTypes: true }) as Dirent[]
    return found.map((entry) => ({ name: entry.name, type: typeOf(entry) }))
  }

  stat(id: number): BigIntStats {
    return fstatSync(this.#descriptor(id), { bigint: true })
  }

  forget(id: number): void {
    const descriptor = this.#open.get(id)
    if (descriptor === undefined) return
    this.#open.delete(id)
    closeSync(descriptor)
  }

  rest(): void {
    for (const id of this.#open.keys()) this.forget(id)
  }

  [Symbol.dispose](): void {
    this.rest()
  }

  #descriptor(id: number): number {
    const known = this.#open.get(id)
    if (known !== undefined) return known
    const descriptor = id === rootId ? this.#openRoot() : this.#openChild(id)
    const facts = fstatSync(descriptor, { bigint: true })
    if (!this.#table.isSame(id, facts)) {
      closeSync(descriptor)
      throw new FuseError('ESTALE')
    }
    if (this.#open.size >= mostOpen) this.forget(this.#open.keys().next().value!)
    this.#open.set(id, descriptor)
    return descriptor
  }

  #openRoot(): number {
    try {
      return openSync(this.#root, openFolder)
    } catch {
      throw new FuseError('ESTALE')
    }
  }

  #openChild(id: number): number {
    const parent = this.#table.parent(id)
    if (parent === 0 || !this.#table.has(parent)) throw new FuseError('ESTALE')
    try {
      return openSync(bytesPath(`/proc/self/fd/${this.#descriptor(parent)}`, this.#table.name(id)), openFolder)
    } catch (error) {
      if (error instanceof FuseError) throw error
      const code: unknown = Reflect.get(Object(error), 'code')
      throw code === 'EACCES' || code === 'EMFILE' ? error : new FuseError('ESTALE')
    }
  }
}

/**
 * macOS and Windows: paths, whose folder is checked to be the node's own before each use. The server does one thing at a
 * time, so nothing that the guest does can come between the check and the use. Not yet run on such a system.
 */
export class PathFolders implements HostFolders {
  readonly #table: NodeTable
  readonly #root: string
  readonly #platform: NodeJS.Platform

  constructor(table: NodeTable, root: string, platform: NodeJS.Platform) {
    this.#table = table
    this.#root = root
    this.#platform = platform
  }

  folder(id: number): string {
    this.stat(id)
    return this.#path(id)
  }

  entry(id: number, name: string): PathLike {
    return `${this.folder(id)}/${hostName(name, this.#platform)}`
  }

  list(id: number): HostEntry[] {
    return readdirSync(this.folder(id), { withFileTypes: true }).map((entry) => ({ name: guestName(entry.name), type: typeOf(entry) }))
  }

  stat(id: number): BigIntStats {
    const path = this.#path(id)
    // The root may be given through a link (/tmp on macOS); below it none is followed.
    const facts = id === rootId ? statSync(path, { bigint: true, throwIfNoEntry: false }) : lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (!facts?.isDirectory() || !this.#table.isSame(id, facts)) throw new FuseError('ESTALE')
    return facts
  }

  forget(): void {
    // Nothing is held.
  }

  rest(): void {
    // Nothing is held.
  }

  [Symbol.dispose](): void {
    // Nothing is held.
  }

  #path(id: number): string {
    let path = ''
    for (let at = id; at !== rootId; at = this.#table.parent(at)) {
      if (at === 0 || !this.#table.has(at)) throw new FuseError('ESTALE')
      path = `/${hostName(this.#table.name(at), this.#platform)}${path}`
    }
    return this.#root + path
  }
}

/** The way this host's folders are reached. */
export function openHostFolders(table: NodeTable, root: string, platform: NodeJS.Platform = process.platform): HostFolders {
  return platform === 'linux' ? new DescriptorFolders(table, root) : new PathFolders(table, root, platform)
}

function typeOf(entry: Dirent): number {
  if (entry.isFile()) return 8
  if (entry.isDirectory()) return 4
  if (entry.isSymbolicLink()) return 10
  if (entry.isFIFO()) return 1
  if (entry.isSocket()) return 12
  return 0
}
