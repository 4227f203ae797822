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

type Line = Omit<ContainerLine, 'container'>

/** Takes Docker's log apart: frames of stdout and stderr (docs: "Stream format" of attach) or, of a container with a terminal, plain bytes. Bounded memory, whatever comes. */
export class LogLines {
  readonly #hasFrames: boolean
  readonly #writers: { readonly stdout: LineWriter; readonly stderr: LineWriter }
  #header: Buffer = Buffer.alloc(0)
  #left = 0
  #writer: LineWriter

  constructor({ hasTty, maxLineBytes = defaultLineBytes }: { hasTty: boolean; maxLineBytes?: number }) {
    this.#hasFrames = !hasTty
    const most = Math.min(maxLineBytes, longestPieceBytes)
    this.#writers = { stdout: new LineWriter('stdout', most), stderr: new LineWriter('stderr', most) }
    this.#writer = this.#writers.stdout
    if (hasTty) this.#writer.isByLine = true
  }

  /** The lines that a piece of the log completes. */
  push(chunk: Buffer): Line[] {
    const done: Line[] = []
    if (!this.#hasFrames) {
      this.#writer.write(chunk, done)
      return done
    }
    for (let rest = chunk; rest.length > 0; ) {
      const whole = this.#left === 0 && this.#header.length === 0 ? this.#wholeLines(rest, done) : 0
      if (whole > 0) rest = rest.subarray(whole)
      else if (this.#left === 0) rest = this.#head(rest)
      else {
        const part = rest.subarray(0, this.#left)
        this.#left -= part.length
        this.#writer.write(part, done)
        rest = rest.subarray(part.length)
      }
    }
    return done
  }

  /** What was begun and never ended with a newline. */
  end(): Line[] {
    const done: Line[] = []
    for (const writer of Object.values(this.#writers)) writer.end(done)
    return done
  }

  /** Takes the messages at the beginning that are one line each, as nearly all are, without a buffer for any of them. How many bytes those were. */
  #wholeLines(chunk: Buffer, done: Line[]): number {
    let at = 0
    while (at + 8 <= chunk.length) {
      const end = at + 8 + chunk.readUInt32BE(at + 4)
      const writer = chunk[at] === 2 ? this.#writers.stderr : this.#writers.stdout
      if (end > chunk.length || !writer.takeLine(chunk, { start: at + 8, end }, done)) break
      at = end
    }
    return at
  }

  #head(rest: Buffer): Buffer {
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
    return rest.subarray(missing)
  }
}

/** Puts one stream's messages together to lines. */
class LineWriter {
  /** Times stand at the beginning of lines, not of messages. */
  isByLine = false
  readonly #stream: Line['stream']
  readonly #most: number
  #stamp: Buffer | undefined = Buffer.alloc(0)
  #at = ''
  #parts: Buffer[] = []
  #kept = 0
  #cut = 0

  constructor(stream: Line['stream'], most: number) {
    this.#stream = stream
    this.#most = most
  }

  begin(): void {
    this.#stamp = Buffer.alloc(0)
  }

  /** Takes a message that is a line of its own; false, and nothing happened, when it is none. */
  takeLine(chunk: Buffer, { start, end }: { start: number; end: number }, done: Line[]): boolean {
    // Looked for no further than this message goes: one without an end must not cost the rest of the chunk each time.
    if (this.#kept > 0 || this.#cut > 0 || end <= start || chunk[end - 1] !== newline || chunk.indexOf(newline, start) !== end - 1) return false
    const begin = chunk.toString('latin1', start, Math.min(end, start + maxStampBytes))
    const stamp = begin.indexOf(' ')
    const from = start + stamp + 1
    if (stamp === -1 || end - 1 - from > this.#most) return false
    const to = end - 2 >= from && chunk[end - 2] === carriageReturn ? end - 2 : end - 1
    done.push({ at: begin.slice(0, stamp), stream: this.#stream, text: chunk.toString('utf8', from, to), cutBytes: 0 })
    return true
  }

  write(bytes: Buffer, done: Line[]): void {
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

  end(done: Line[]): void {
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

  #finish(done: Line[]): void {
    const text = (this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts))?.toString('utf8') ?? ''
    done.push({ at: this.#at, stream: this.#stream, text: text.endsWith('\r') ? text.slice(0, -1) : text, cutBytes: this.#cut })
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
