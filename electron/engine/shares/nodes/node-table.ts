import type { BigIntStats } from 'node:fs'
import { rootId } from '../fuse/protocol.ts'
import { bornOf, identityHash } from './file-identity.ts'
import { hashName, IdIndex } from './id-index.ts'

/** Told of every change that a later engine must know. */
export interface NodeListener {
  placed(id: number): void
  freed(id: number): void
  device(index: number, dev: bigint): void
}

const quiet: NodeListener = { placed: () => undefined, freed: () => undefined, device: () => undefined }

/** What is known of a node besides its place. */
export const nodeFlag = { folder: 1, watched: 2, inherited: 4, exactTime: 8, guarded: 16 } as const

/**
 * Every file and folder the guest's kernel knows: its number, where it was last seen, and which file of the host it is.
 * Columns instead of objects: about 90 bytes a node, and a hundred thousand of them are common.
 */
export class NodeTable {
  listener: NodeListener = quiet
  #size = 2
  #free: number[] = []
  #parent = new Uint32Array(1024)
  #generation = new Uint32Array(1024)
  #lookups = new Uint32Array(1024)
  #device = new Uint16Array(1024)
  #flags = new Uint8Array(1024)
  #ino = new BigUint64Array(1024)
  #born = new Uint32Array(1024)
  #changed = new BigInt64Array(1024)
  #bytes = new Float64Array(1024)
  readonly #name: string[] = ['', '']
  readonly #devices: bigint[] = []
  readonly #byIdentity = new IdIndex((id) => identityHash(this.#device[id]!, this.#ino[id]!))
  readonly #byPlace = new IdIndex((id) => hashName(this.#parent[id]!, this.#name[id]!))

  /** Numbers from 1 to below this are or were in use. */
  get end(): number {
    return this.#size
  }

  has(id: number): boolean {
    return id === rootId || (id > rootId && id < this.#size && this.#generation[id] !== 0 && this.#ino[id] !== 0n)
  }

  parent(id: number): number {
    return this.#parent[id] ?? 0
  }

  name(id: number): string {
    return this.#name[id] ?? ''
  }

  generation(id: number): number {
    return this.#generation[id] ?? 0
  }

  ino(id: number): bigint {
    return this.#ino[id] ?? 0n
  }

  /** Tells files apart that have had the same inode one after the other. */
  born(id: number): number {
    return this.#born[id] ?? 0
  }

  deviceIndex(id: number): number {
    return this.#device[id] ?? 0
  }

  deviceOf(index: number): bigint | undefined {
    return this.#devices[index]
  }

  is(id: number, flag: number): boolean {
    return ((this.#flags[id] ?? 0) & flag) !== 0
  }

  set(id: number, flag: number, on: boolean): void {
    this.#flags[id] = on ? this.#flags[id]! | flag : this.#flags[id]! & ~flag
  }

  /** Whether a file of the host is the one this node stands for. */
  isSame(id: number, stats: BigIntStats): boolean {
    return this.#ino[id] === stats.ino && this.#born[id] === bornOf(stats) && this.#devices[this.#device[id]!] === stats.dev
  }

  /** Whether a file is as it was when the guest was last told of it or changed it itself. */
  isAsSeen(id: number, stats: BigIntStats): boolean {
    return this.#changed[id] === stats.ctimeNs && this.#bytes[id] === Number(stats.size)
  }

  /** Whether it is as long as it was then. */
  isAsLong(id: number, stats: BigIntStats): boolean {
    return this.#bytes[id] === Number(stats.size)
  }

  see(id: number, stats: BigIntStats): void {
    this.#changed[id] = stats.ctimeNs
    this.#bytes[id] = Number(stats.size)
  }

  /** Makes a folder of the host the root. */
  setRoot(stats: BigIntStats): void {
    if (this.#ino[rootId] !== 0n) this.#byIdentity.remove(rootId)
    this.#take(rootId, stats)
    this.#generation[rootId] = 1
    this.#byIdentity.add(rootId)
    this.listener.placed(rootId)
  }

  /** The node of a file of the host, or 0. */
  find(stats: BigIntStats): number {
    const device = this.#devices.indexOf(stats.dev)
    if (device < 0) return 0
    const born = bornOf(stats)
    return this.#byIdentity.find(identityHash(device, stats.ino), (id) => this.#ino[id] === stats.ino && this.#born[id] === born && this.#device[id] === device)
  }

  /** The node last seen under a name, or 0. */
  child(parent: number, name: string): number {
    return this.#byPlace.find(hashName(parent, name), (id) => this.#parent[id] === parent && this.#name[id] === name)
  }

  /** The node of a file seen at a place; a new one if the kernel did not know it. */
  meet(parent: number, name: string, stats: BigIntStats): number {
    const known = this.find(stats)
    if (known !== 0) {
      if (known !== rootId && (this.#parent[known] !== parent || this.#name[known] !== name)) this.place(known, parent, name)
      return known
    }
    const id = this.#free.pop() ?? this.#append()
    this.#generation[id] = this.#generation[id]! + 1
    this.#lookups[id] = 0
    this.#take(id, stats)
    this.#byIdentity.add(id)
    this.place(id, parent, name)
    return id
  }

  /** Notes where a node is now; parent 0 when it has no name any more. */
  place(id: number, parent: number, name: string): void {
    if (this.#parent[id] !== 0) this.#byPlace.remove(id)
    const former = parent === 0 ? 0 : this.child(parent, name)
    if (former !== 0 && former !== id) this.place(former, 0, '')
    this.#parent[id] = parent
    this.#name[id] = name
    if (parent !== 0) this.#byPlace.add(id)
    this.listener.placed(id)
  }

  /** The kernel was told of the node once more. */
  count(id: number): void {
    if (this.#lookups[id]! < 0xffff_ffff) this.#lookups[id]!++
  }

  /** The kernel forgets what it was told `times` times; true when it does not know the node any more. */
  forget(id: number, times: number): boolean {
    if (id === rootId || !this.has(id)) return false
    this.#lookups[id] = Math.max(0, this.#lookups[id]! - times)
    // How often the engine before us told of it is not known.
    if (this.#lookups[id] !== 0 || this.is(id, nodeFlag.inherited)) return false
    this.#release(id)
    return true
  }

  /** The nodes last seen directly in a folder. */
  *children(parent: number): Generator<number> {
    for (let id = rootId + 1; id < this.#size; id++) if (this.#parent[id] === parent && this.has(id)) yield id
  }

  /** Takes in a node that a former engine told the kernel of. */
  inherit(id: number, from: { generation: number; parent: number; device: number; ino: bigint; born: number; isFolder: boolean; name: string }): void {
    while (this.#size <= id) this.#append()
    if (this.#ino[id] !== 0n) this.#byIdentity.remove(id)
    this.#generation[id] = from.generation
    this.#device[id] = from.device
    this.#ino[id] = from.ino
    this.#born[id] = from.born
    this.#flags[id] = (from.isFolder ? nodeFlag.folder : 0) | nodeFlag.inherited
    this.#byIdentity.add(id)
    this.place(id, from.parent, from.name)
  }

  /** Takes in that a former engine's node is free again, and with which generation its number begins anew. */
  inheritFree(id: number): void {
    if (this.has(id) && id !== rootId) this.#release(id)
  }

  inheritDevice(index: number, dev: bigint): void {
    this.#devices[index] = dev
  }

  /** After the last `inherit`: which numbers are free. */
  inheritEnd(): void {
    this.#free = []
    for (let id = rootId + 1; id < this.#size; id++) if (this.#ino[id] === 0n) this.#free.push(id)
  }

  #release(id: number): void {
    if (this.#parent[id] !== 0) this.#byPlace.remove(id)
    this.#byIdentity.remove(id)
    this.#parent[id] = 0
    this.#name[id] = ''
    this.#ino[id] = 0n
    this.#flags[id] = 0
    this.#free.push(id)
    this.listener.freed(id)
  }

  #take(id: number, stats: BigIntStats): void {
    let device = this.#devices.indexOf(stats.dev)
    if (device < 0) {
      device = this.#devices.push(stats.dev) - 1
      this.listener.device(device, stats.dev)
    }
    this.#device[id] = device
    this.#ino[id] = stats.ino
    this.#born[id] = bornOf(stats)
    this.#flags[id] = stats.isDirectory() ? nodeFlag.folder : 0
    this.see(id, stats)
  }

  #append(): number {
    if (this.#size === this.#parent.length) this.#grow()
    this.#name[this.#size] = ''
    return this.#size++
  }

  #grow(): void {
    const length = this.#parent.length * 2
    const larger = <T extends { set(from: T): void }>(next: T, from: T): T => (next.set(from), next)
    this.#parent = larger(new Uint32Array(length), this.#parent)
    this.#generation = larger(new Uint32Array(length), this.#generation)
    this.#lookups = larger(new Uint32Array(length), this.#lookups)
    this.#device = larger(new Uint16Array(length), this.#device)
    this.#flags = larger(new Uint8Array(length), this.#flags)
    this.#ino = larger(new BigUint64Array(length), this.#ino)
    this.#born = larger(new Uint32Array(length), this.#born)
    this.#changed = larger(new BigInt64Array(length), this.#changed)
    this.#bytes = larger(new Float64Array(length), this.#bytes)
  }
}
