/** Bytes in front of every message on the port: length (its own included), kind, flags, mount. resources/guest/shares/shares.h */
export const frameHeadBytes = 8

/** Kinds of messages, by who sends them. */
export const fromGuest = { hello: 1, request: 2, mounted: 3, unmounted: 4, eventDone: 5, lost: 6, settled: 7 } as const
export const toGuest = { mount: 1, unmount: 2, reply: 3, notify: 4, event: 5, allMounted: 6, mountVirtiofs: 7 } as const

/** How many shares a guest holds, and the longest message it sends. */
export const mostMounts = 64
const largestFrame = 256 * 1024 + 16384

/** One message of the guest. */
export interface Frame {
  kind: number
  isReplayed: boolean
  mount: number
  data: Buffer
}

/** Writes a message's head. */
export function writeFrameHead(into: Buffer, { kind, mount }: { kind: number; mount: number }): void {
  into.writeUInt32LE(into.length, 0)
  into.writeUInt8(kind, 4)
  into.writeUInt8(0, 5)
  into.writeUInt16LE(mount, 6)
}

/** Writes the head of an answer to one of the kernel's requests: the frame's and struct fuse_out_header. */
export function writeReplyHead(into: Buffer, { mount, unique, error }: { mount: number; unique: bigint; error: number }): void {
  writeFrameHead(into, { kind: toGuest.reply, mount })
  into.writeUInt32LE(into.length - frameHeadBytes, frameHeadBytes)
  into.writeInt32LE(-error, frameHeadBytes + 4)
  into.writeBigUInt64LE(unique, frameHeadBytes + 8)
}

/** A message to the guest. */
export function frame(kind: number, mount: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const message = Buffer.concat([Buffer.alloc(frameHeadBytes), data])
  writeFrameHead(message, { kind, mount })
  return message
}

/** Cuts a stream of bytes into messages; holds at most one unfinished message. */
export class FrameReader {
  #held: Buffer[] = []
  #size = 0

  /** The messages that are complete now, or 'broken' when what came is none of ours. */
  push(chunk: Buffer): Frame[] | 'broken' {
    let data = chunk
    if (this.#size > 0) {
      this.#held.push(chunk)
      this.#size += chunk.length
      if (this.#size < this.#needed()) return []
      data = Buffer.concat(this.#held)
    }
    const frames: Frame[] = []
    let at = 0
    while (data.length - at >= frameHeadBytes) {
      const length = data.readUInt32LE(at)
      if (length < frameHeadBytes || length > largestFrame) return 'broken'
      if (data.length - at < length) break
      frames.push({ kind: data.readUInt8(at + 4), isReplayed: (data.readUInt8(at + 5) & 1) !== 0, mount: data.readUInt16LE(at + 6), data: data.subarray(at + frameHeadBytes, at + length) })
      at += length
    }
    const rest = data.subarray(at)
    this.#held = rest.length > 0 ? [rest] : []
    this.#size = rest.length
    return frames
  }

  reset(): void {
    this.#held = []
    this.#size = 0
  }

  #needed(): number {
    const first = this.#held[0]!
    if (first.length >= 4) return Math.min(first.readUInt32LE(0), largestFrame)
    return frameHeadBytes
  }
}

/** The guest's list of its mounts: `<id> <path>`, by virtiofs `<id>v <path>`, each ended by a NUL. */
export function mountsOf(list: Buffer): Map<number, { path: string; isDirect: boolean }> {
  const lines = list.toString().split('\0').filter(Boolean)
  return new Map(lines.map((line) => [Number.parseInt(line), { path: line.slice(line.indexOf(' ') + 1), isDirect: /^\d+v/.test(line) }]))
}
