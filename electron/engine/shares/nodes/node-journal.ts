import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { rootId } from '../fuse/protocol.ts'
import { nodeFlag, type NodeListener, type NodeTable } from './node-table.ts'

/** Records: 1 a node's place, 2 a freed node, 3 a device. All numbers little-endian. */
const record = { place: 1, free: 2, device: 3 } as const
const placeBytes = 1 + 4 + 4 + 4 + 2 + 1 + 8 + 4 + 2
/** Rewritten when it is larger than this and mostly history. */
const rewriteAboveBytes = 8 * 1024 * 1024

/**
 * The nodes a guest's kernel knows, on disk: it keeps their numbers when the engine dies, and the next engine must mean
 * the same files by them. Valid for one boot of one guest.
 */
export class NodeJournal implements NodeListener, Disposable {
  readonly #path: string
  readonly #head: Buffer
  readonly #table: NodeTable
  #file: number | undefined
  #pending: Buffer[] = []
  #bytes = 0
  #bytesAfterRewrite = 0

  /** Takes in what the file of the same boot and root says, then goes on with it. */
  constructor(table: NodeTable, { path, boot, root }: { path: string; boot: string; root: string }) {
    this.#table = table
    this.#path = path
    this.#head = Buffer.from(`cove nodes 1 ${JSON.stringify([boot, root])}\n`)
    this.isInherited = this.#read()
    this.#rewrite()
    table.listener = this
  }

  /** Whether a former engine told the kernel of nodes. */
  readonly isInherited: boolean

  placed(id: number): void {
    this.#pending.push(this.#place(id))
  }

  freed(id: number): void {
    const bytes = Buffer.alloc(5)
    bytes.writeUInt8(record.free, 0)
    bytes.writeUInt32LE(id, 1)
    this.#pending.push(bytes)
  }

  device(index: number, dev: bigint): void {
    const bytes = Buffer.alloc(11)
    bytes.writeUInt8(record.device, 0)
    bytes.writeUInt16LE(index, 1)
    bytes.writeBigUInt64LE(BigInt.asUintN(64, dev), 3)
    this.#pending.push(bytes)
  }

  /** Writes what happened; before the kernel is told. What cannot be written is lost to the next engine only. */
  flush(): void {
    if (this.#pending.length === 0) return
    const data = Buffer.concat(this.#pending)
    this.#pending = []
    if (this.#file === undefined) return
    try {
      writeSync(this.#file, data)
      this.#bytes += data.length
      if (this.#bytes > rewriteAboveBytes && this.#bytes > this.#bytesAfterRewrite * 3) this.#rewrite()
    } catch {
      this[Symbol.dispose]()
    }
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #place(id: number): Buffer {
    const name = Buffer.from(this.#table.name(id), 'latin1')
    const bytes = Buffer.allocUnsafe(placeBytes + name.length)
    bytes.writeUInt8(record.place, 0)
    bytes.writeUInt32LE(id, 1)
    bytes.writeUInt32LE(this.#table.generation(id), 5)
    bytes.writeUInt32LE(this.#table.parent(id), 9)
    bytes.writeUInt16LE(this.#table.deviceIndex(id), 13)
    bytes.writeUInt8(this.#table.is(id, nodeFlag.folder) ? 1 : 0, 15)
    bytes.writeBigUInt64LE(this.#table.ino(id), 16)
    bytes.writeUInt32LE(this.#table.born(id), 24)
    bytes.writeUInt16LE(name.length, 28)
    name.copy(bytes, placeBytes)
    return bytes
  }

  #rewrite(): void {
    this[Symbol.dispose]()
    this.#pending = []
    for (let index = 0; this.#table.deviceOf(index) !== undefined; index++) this.device(index, this.#table.deviceOf(index)!)
    for (let id = rootId; id < this.#table.end; id++) if (this.#table.has(id) && this.#table.ino(id) !== 0n) this.placed(id)
    const data = Buffer.concat([this.#head, ...this.#pending])
    this.#pending = []
    try {
      const file = openSync(`${this.#path}.new`, 'w', 0o600)
      writeSync(file, data)
      renameSync(`${this.#path}.new`, this.#path)
      this.#file = file
      this.#bytes = this.#bytesAfterRewrite = data.length
    } catch {
      // A full disk: the next engine will not know these nodes, and says so of each.
    }
  }

  #read(): boolean {
    let data: Buffer
    try {
      data = readFileSync(this.#path)
    } catch {
      return false
    }
    if (!data.subarray(0, this.#head.length).equals(this.#head)) return false
    for (let at = this.#head.length; at < data.length; ) {
      const next = this.#readRecord(data, at)
      // The last record may be cut short: the engine died while it wrote.
      if (next === undefined) break
      at = next
    }
    this.#table.inheritEnd()
    return true
  }

  #readRecord(data: Buffer, at: number): number | undefined {
    const left = data.length - at
    const kind = data.readUInt8(at)
    if (kind === record.free && left >= 5) {
      this.#table.inheritFree(data.readUInt32LE(at + 1))
      return at + 5
    }
    if (kind === record.device && left >= 11) {
      this.#table.inheritDevice(data.readUInt16LE(at + 1), data.readBigUInt64LE(at + 3))
      return at + 11
    }
    if (kind !== record.place || left < placeBytes) return undefined
    const end = at + placeBytes + data.readUInt16LE(at + 28)
    if (end > data.length) return undefined
    this.#table.inherit(data.readUInt32LE(at + 1), {
      generation: data.readUInt32LE(at + 5),
      parent: data.readUInt32LE(at + 9),
      device: data.readUInt16LE(at + 13),
      isFolder: data.readUInt8(at + 15) === 1,
      ino: data.readBigUInt64LE(at + 16),
      born: data.readUInt32LE(at + 24),
      name: data.toString('latin1', at + placeBytes, end),
    })
    return end
  }
}
