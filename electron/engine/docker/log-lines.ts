import type { ContainerLine } from '#contract/container-log.ts'

/** What is kept of one line, where nothing else is said. */
const defaultLineBytes = 64 * 1024
/** No line is kept longer than this, whatever is asked for. */
const longestPieceBytes = 16 * 1024 * 1024
/** Longer than any time Docker writes: what has no space by then has no time. */
const maxStampBytes = 40
const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20

/** Bytes that no ASCII has, in a text that was read byte by byte. */
const beyondAscii = /[\x80-\xff]/

/** How a log is read. */
export interface LogLinesOptions {
  hasTty: boolean
  maxLineBytes?: number
  /** What each line names as its container. */
  container?: string
}

/** Takes Docker's log apart: frames of stdout and stderr (docs: "Stream format" of attach) or, of a container with a terminal, plain bytes. Bounded memory, whatever comes. */
export class LogLines {
  readonly #hasFrames: boolean
  readonly #writers: { readonly stdout: LineWriter; readonly stderr: LineWriter }
  #header: Buffer = Buffer.alloc(0)
  #left = 0
  #writer: LineWriter

  constructor({ hasTty, maxLineBytes = defaultLineBytes, container = '' }: LogLinesOptions) {
    this.#hasFrames = !hasTty
    const most = Math.min(maxLineBytes, longestPieceBytes)
    this.#writers = { stdout: new LineWriter({ stream: 'stdout', container }, most), stderr: new LineWriter({ stream: 'stderr', container }, most) }
    this.#writer = this.#writers.stdout
    if (hasTty) this.#writer.isByLine = true
  }

  /** The lines that a piece of the log completes. */
  push(chunk: Buffer): ContainerLine[] {
    const done: ContainerLine[] = []
    if (!this.#hasFrames) {
      this.#writer.write(chunk, done)
      return done
    }
    const piece: Piece = { bytes: chunk, text: '', at: 0 }
    while (piece.at < chunk.length) {
      if (this.#left === 0 && this.#header.length === 0 && this.#takeLines(piece, done)) continue
      const rest = chunk.subarray(piece.at)
      if (this.#left === 0) piece.at += this.#head(rest)
      else {
        const part = rest.subarray(0, this.#left)
        this.#left -= part.length
        this.#writer.write(part, done)
        piece.at += part.length
      }
    }
    return done
  }

  /** What was begun and never ended with a newline. */
  end(): ContainerLine[] {
    const done: ContainerLine[] = []
    for (const writer of Object.values(this.#writers)) writer.end(done)
    return done
  }

  /** Takes the next messages that are one line each, as nearly all are, with one decoding for all of them; whether there was any. */
  #takeLines(piece: Piece, done: ContainerLine[]): boolean {
    const { bytes, at: begin } = piece
    while (piece.at + 8 <= bytes.length) {
      const { at } = piece
      const end = at + 8 + bytes.readUInt32BE(at + 4)
      const writer = bytes[at] === 2 ? this.#writers.stderr : this.#writers.stdout
      if (end > bytes.length || !writer.takeLine(piece, end, done)) break
      piece.at = end
    }
    return piece.at > begin
  }

  /** Takes what of a header is there; how many bytes that was. */
  #head(rest: Buffer): number {
    const missing = 8 - this.#header.length
    const header = Buffer.concat([this.#header, rest.subarray(0, missing)])
    this.#header = header
    if (header.length === 8) {
      this.#header = Buffer.alloc(0)
      this.#left = header.readUInt32BE(4)
      this.#writer = header[0] === 2 ? this.#writers.stderr : this.#writers.stdout
      // Each frame is one message with a time of its own; a long line is several of them.
      this.#writer.begin()
    }
    return Math.min(missing, rest.length)
  }
}

/** A piece of a log, and how far it has been read. */
interface Piece {
  readonly bytes: Buffer
  /** The same with one character for each byte, once that was asked for. */
  text: string
  at: number
}

/** Puts one stream's messages together to lines. */
class LineWriter {
  /** Times stand at the beginning of lines, not of messages. */
  isByLine = false
  readonly #origin: Pick<ContainerLine, 'stream' | 'container'>
  readonly #most: number
  #stamp: Buffer | undefined = Buffer.alloc(0)
  #at = ''
  #parts: Buffer[] = []
  #kept = 0
  #cut = 0

  constructor(origin: Pick<ContainerLine, 'stream' | 'container'>, most: number) {
    this.#origin = origin
    this.#most = most
  }

  begin(): void {
    this.#stamp = Buffer.alloc(0)
  }

  /** Takes the message here, up to `end`, if it is a line of its own; false, and nothing happened, when it is none. */
  takeLine(piece: Piece, end: number, done: ContainerLine[]): boolean {
    const { bytes } = piece
    const start = piece.at + 8
    // Looked for no further than this message goes: one without an end must not cost the rest of the chunk each time.
    if (this.#kept > 0 || this.#cut > 0 || end <= start || bytes[end - 1] !== newline) return false
    piece.text ||= bytes.toString('latin1')
    const all = piece.text
    const from = all.indexOf(' ', start) + 1
    if (from === 0 || from > Math.min(end, start + maxStampBytes) || end - 1 - from > this.#most || all.indexOf('\n', start) !== end - 1) return false
    const to = end - 2 >= from && bytes[end - 2] === carriageReturn ? end - 2 : end - 1
    const text = all.slice(from, to)
    const { stream, container } = this.#origin
    done.push({ at: all.slice(start, from - 1), stream, text: beyondAscii.test(text) ? bytes.toString('utf8', from, to) : text, cutBytes: 0, container })
    return true
  }

  write(bytes: Buffer, done: ContainerLine[]): void {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#stamp) rest = this.#readStamp(this.#stamp, rest)
      const end = rest.indexOf(newline)
      this.#keep(end === -1 ? rest : rest.subarray(0, end))
      if (end === -1) return
      this.#finish(done)
      rest = rest.subarray(end + 1)
      if (this.isByLine) this.#stamp = Buffer.alloc(0)
    }
  }

  end(done: ContainerLine[]): void {
    if (this.#kept > 0) this.#finish(done)
  }

  #readStamp(begun: Buffer, rest: Buffer): Buffer {
    const end = rest.indexOf(space)
    const all = Buffer.concat([begun, end === -1 ? rest.subarray(0, maxStampBytes) : rest.subarray(0, Math.min(end, maxStampBytes))])
    if (end === -1 && all.length < maxStampBytes) {
      this.#stamp = all
      return rest.subarray(rest.length)
    }
    this.#stamp = undefined
    // A line that goes on keeps the time it began at.
    if (this.#kept === 0 && this.#cut === 0) this.#at = all.toString('latin1')
    return end === -1 ? rest.subarray(rest.length) : rest.subarray(end + 1)
  }

  #keep(bytes: Buffer): void {
    const room = this.#most - this.#kept
    if (bytes.length > room) this.#cut += bytes.length - Math.max(0, room)
    if (room <= 0 || bytes.length === 0) return
    // A copy, for a chunk lives as long as somebody holds a part of it.
    this.#parts.push(Buffer.from(bytes.subarray(0, room)))
    this.#kept += Math.min(bytes.length, room)
  }

  #finish(done: ContainerLine[]): void {
    const text = (this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts))?.toString('utf8') ?? ''
    done.push({ at: this.#at, stream: this.#origin.stream, text: text.endsWith('\r') ? text.slice(0, -1) : text, cutBytes: this.#cut, container: this.#origin.container })
    this.#parts = []
    this.#kept = 0
    this.#cut = 0
  }
}

/** A time of a log line, or one a person gave, as Docker's API wants it: seconds with nanoseconds. Undefined when it is none. */
export function dockerTime(time: string): string | undefined {
  if (/^\d{1,12}(\.\d{1,9})?$/.test(time)) return time
  const [, whole = '', fraction = '', zone = ''] = /^(.*?\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\d*(Z|[+-]\d\d:\d\d)$/.exec(time) ?? []
  const ms = Date.parse(`${whole}${zone}`)
  return Number.isNaN(ms) ? undefined : `${Math.floor(ms / 1000)}.${fraction.padEnd(9, '0')}`
}
