/** What the kernel is told of an entry. */
export interface Entry {
  node: number
  generation: number
  ino: bigint
  mode: number
  uid: number
  gid: number
  nlink: number
  size: number
  entrySeconds: number
  attributeSeconds: number
}

/** A reply: the kernel's error number (0 is well) and data. */
export interface Reply {
  errno: number
  data: Buffer
}

/** A notice to the kernel or an event for the guest: frame kind, FUSE's code, node and name. */
export interface Notice {
  kind: 'entry' | 'node' | 'event'
  node: number
  name: string
}

export function nul(text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(text as string), Buffer.from([0])])
}

export function numbers(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value >>> 0, index * 4)
  return buffer
}

export function bigs(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 8)
  for (const [index, value] of values.entries()) buffer.writeBigUInt64LE(BigInt(value), index * 8)
  return buffer
}

export function frameOf(kind: number, data: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(8 + data.length, 0)
  head.writeUInt8(kind, 4)
  head.writeUInt8(flags, 5)
  return Buffer.concat([head, data])
}

export function entryOf(data: Buffer): Entry {
  return { ...attributesOf(data.subarray(40)), node: data.readUInt32LE(0), generation: data.readUInt32LE(8), entrySeconds: data.readUInt32LE(16), attributeSeconds: data.readUInt32LE(24) }
}

/** struct fuse_attr */
export function attributesOf(attr: Buffer): Pick<Entry, 'ino' | 'mode' | 'uid' | 'gid' | 'nlink' | 'size'> & { mtimeNs: bigint } {
  return {
    ino: attr.readBigUInt64LE(0),
    size: Number(attr.readBigUInt64LE(8)),
    mtimeNs: attr.readBigInt64LE(32) * 1_000_000_000n + BigInt(attr.readUInt32LE(52)),
    mode: attr.readUInt32LE(60),
    nlink: attr.readUInt32LE(64),
    uid: attr.readUInt32LE(68),
    gid: attr.readUInt32LE(72),
  }
}

/** A notice from its bytes. */
export function noticeOf(data: Buffer): Notice {
  const isEntry = data.readInt32LE(4) === 3
  return { kind: isEntry ? 'entry' : 'node', node: data.readUInt32LE(16), name: isEntry ? data.toString('latin1', 32, data.length - 1) : '' }
}
