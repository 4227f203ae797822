import { blockBytes, checksum, paddingOf } from '../archive/ustar.ts'

/** What a tar entry is, by the letters of POSIX ustar; anything else (sparse files, volume parts) has no place in a tar of Docker's. */
const kinds = { '0': 'file', '\0': 'file', '1': 'hard-link', '2': 'link', '3': 'device', '4': 'device', '5': 'folder', '6': 'fifo' } as const

/** One entry of a tar. */
export interface TarEntry {
  name: string
  kind: (typeof kinds)[keyof typeof kinds]
  size: number
  /** What a link points to. */
  target: string
  /** Its headers as they stand in the tar. */
  raw: Buffer
}

/** What a scanner tells, in order; `onData` may come many times or never. */
export interface TarListener {
  onEntry(entry: TarEntry): void
  /** Bytes of the entry's contents, then its padding. */
  onData?(bytes: Buffer, isPadding: boolean): void
  onEntryEnd?(): void
}

const zeroBlock = Buffer.alloc(blockBytes)

/** The longest extended header that is read; Docker's hold a path or a capability. */
const maxExtendedBytes = 1024 * 1024

/** Reads a tar as it streams by, in bounded memory. Throws Error, saying what is wrong, at the first byte that no tar of Docker's has. */
export class TarScanner {
  readonly #listener: TarListener
  #header: Buffer = Buffer.alloc(0)
  /** Headers and extended headers since the last entry. */
  #raw: Buffer[] = []
  #extended: Extended = {}
  #collecting: { kind: string; size: number; data: Buffer[] } | undefined
  #left = 0
  #padding = 0
  #zeroBlocks = 0

  constructor(listener: TarListener) {
    this.#listener = listener
  }

  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    while (rest.length > 0) {
      if (this.#left > 0) rest = this.#body(rest)
      else if (this.#padding > 0) rest = this.#fill(rest)
      else rest = this.#head(rest)
    }
  }

  /** To be called when the tar has ended. */
  end(): void {
    if (this.#zeroBlocks < 2 || this.#header.length > 0) throw new Error('it is cut short')
  }

  #head(rest: Buffer): Buffer {
    const missing = blockBytes - this.#header.length
    const header = this.#header.length === 0 && rest.length >= blockBytes ? rest.subarray(0, blockBytes) : Buffer.concat([this.#header, rest.subarray(0, missing)])
    this.#header = Buffer.alloc(0)
    if (header.length < blockBytes) this.#header = header
    else this.#block(header)
    return rest.subarray(missing)
  }

  #block(header: Buffer): void {
    if (header.equals(zeroBlock)) {
      if (this.#raw.length > 0) throw new Error('an extended header belongs to nothing')
      this.#zeroBlocks++
      return
    }
    if (this.#zeroBlocks > 0) throw new Error('something follows its end')
    if (octal(header, 148, 8) !== checksum(header)) throw new Error('a header has a wrong checksum')
    const letter = String.fromCharCode(header[156] ?? 0)
    const size = sizeOf(header)
    // Copies: what they are cut from is the stream's and goes on living only as long as somebody holds it.
    this.#raw.push(Buffer.from(header))
    if (letter === 'x' || letter === 'L' || letter === 'K') this.#extend(letter, size)
    else this.#entry(header, letter, size)
  }

  #extend(kind: string, size: number): void {
    if (size > maxExtendedBytes || this.#raw.length > 8) throw new Error('an extended header is too long')
    this.#collecting = { kind, size, data: [] }
    this.#left = size
    this.#padding = paddingOf(size)
    if (size === 0) this.#collected()
  }

  #entry(header: Buffer, letter: string, plainSize: number): void {
    if (!Object.hasOwn(kinds, letter)) throw new Error(`an entry is of the unknown kind "${letter}"`)
    const kind = kinds[letter as keyof typeof kinds]
    const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header, 345, 155) : ''
    const name = this.#extended.path ?? (prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`)
    const target = this.#extended.linkpath ?? text(header, 157, 100)
    // Links have no contents whatever their header says; only files do.
    const size = kind === 'file' ? (this.#extended.size ?? plainSize) : 0
    const raw = this.#raw.length === 1 ? (this.#raw[0] ?? header) : Buffer.concat(this.#raw)
    this.#raw = []
    this.#extended = {}
    this.#listener.onEntry({ name, kind, size, target, raw })
    this.#left = size
    this.#padding = paddingOf(size)
    if (size === 0) this.#listener.onEntryEnd?.()
  }

  #body(rest: Buffer): Buffer {
    const part = rest.subarray(0, this.#left)
    this.#left -= part.length
    if (this.#collecting) {
      // A copy, for the same reason; the padding follows in #fill.
      const copy = Buffer.from(part)
      this.#collecting.data.push(copy)
      this.#raw.push(copy)
      if (this.#left === 0) this.#collected()
    } else this.#listener.onData?.(part, false)
    if (this.#left === 0 && this.#padding === 0) this.#ended()
    return rest.subarray(part.length)
  }

  #fill(rest: Buffer): Buffer {
    const part = rest.subarray(0, this.#padding)
    this.#padding -= part.length
    if (this.#isExtended) this.#raw.push(Buffer.from(part))
    else this.#listener.onData?.(part, true)
    if (this.#padding === 0) this.#ended()
    return rest.subarray(part.length)
  }

  /** Whether the block being read belongs to an extended header. */
  get #isExtended(): boolean {
    return this.#raw.length > 0
  }

  #ended(): void {
    if (!this.#isExtended) this.#listener.onEntryEnd?.()
  }

  #collected(): void {
    const { kind, data } = this.#collecting ?? { kind: '', data: [] }
    this.#collecting = undefined
    const value = Buffer.concat(data)
    if (kind === 'L') this.#extended.path = untilNul(value)
    else if (kind === 'K') this.#extended.linkpath = untilNul(value)
    else Object.assign(this.#extended, parsePax(value))
  }
}

interface Extended {
  path?: string
  linkpath?: string
  size?: number
}

/** Records `LENGTH KEY=VALUE\n` of POSIX pax; those that change what an entry is are read, the others belong to whoever unpacks. */
function parsePax(data: Buffer): Extended {
  const found: Extended = {}
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at)
    const length = Number(data.toString('latin1', at, space === -1 ? at : space))
    const record = data.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (!Number.isInteger(length) || length < 5 || at + length > data.length || equals < 1) throw new Error('an extended header is malformed')
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)]
    if (key.startsWith('GNU.sparse.')) throw new Error('it holds a sparse file')
    if (key === 'path' || key === 'linkpath') found[key] = value
    if (key === 'size') found.size = requireSize(/^\d{1,15}$/.test(value) ? Number(value) : Number.NaN)
    at += length
  }
  return found
}

function text(header: Buffer, at: number, length: number): string {
  return untilNul(header.subarray(at, at + length))
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = header.toString('latin1', at, at + length).replaceAll(/[\0 ]/g, '')
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : digits === '' ? 0 : Number.NaN
}

/** A size in octal digits or, above 8 GiB, GNU's binary form. */
function sizeOf(header: Buffer): number {
  if ((header[124] ?? 0) === 0x80) return requireSize(Number(header.readBigUInt64BE(128)))
  return requireSize(octal(header, 124, 12))
}

function requireSize(size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size
  throw new Error('an entry has an impossible size')
}
