import { open, stat, type FileHandle } from 'node:fs/promises'
import { errnoOf } from './errno.ts'

const chunkBytes = 64 * 1024
/** A line that never ends is passed on in pieces of this size rather than held without bound. */
const maxLineBytes = 1024 * 1024
/** How much of what was read last is looked for in a file that took the log's place. */
const landmarkBytes = 512
const newline = 10

/** A place in a log file that survives the file's rotation. */
export class LogCursor implements AsyncDisposable {
  #file: FileHandle | undefined
  #at = 0
  /** The start of a line whose end has not been read. */
  #partial: Buffer = Buffer.alloc(0)
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Whether there is a file. */
  async open(): Promise<boolean> {
    this.#file = await open(this.#path, 'r').catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    })
    this.#at = 0
    return this.#file !== undefined
  }

  /** Moves to the start of the last `lines` lines, reading backwards. */
  async seekTail(lines: number): Promise<void> {
    if (!this.#file) return
    let end = (await this.#file.stat()).size
    this.#at = end
    if (lines === 0) return
    const block = Buffer.alloc(chunkBytes)
    // The newline that ends the last line begins no other.
    for (let seen = -1; end > 0; end -= Math.min(end, chunkBytes)) {
      const start = Math.max(0, end - chunkBytes)
      const { bytesRead } = await this.#file.read(block, 0, end - start, start)
      if (seen < 0) seen = block[bytesRead - 1] === newline ? -1 : 0
      for (let i = bytesRead - 1; i >= 0; i--) {
        if (block[i] === newline && ++seen === lines) return void (this.#at = start + i + 1)
      }
    }
    this.#at = 0
  }

  /** What follows in the file, in whole lines. */
  async *rest(): AsyncGenerator<string> {
    const block = Buffer.alloc(chunkBytes)
    while (this.#file) {
      const { bytesRead } = await this.#file.read(block, 0, block.length, this.#at)
      if (bytesRead === 0) return
      this.#at += bytesRead
      const text = Buffer.concat([this.#partial, block.subarray(0, bytesRead)])
      const end = text.lastIndexOf(newline) + 1
      const cut = end === 0 && text.length > maxLineBytes ? characterEnd(text) : end
      this.#partial = Buffer.from(text.subarray(cut))
      if (cut > 0) yield text.toString('utf8', 0, cut)
    }
  }

  /** The last line when it has no end. */
  *unfinished(): Generator<string> {
    if (this.#partial.length > 0) yield this.#partial.toString('utf8')
    this.#partial = Buffer.alloc(0)
  }

  /** What follows after a change of the file: more of it, or the one that replaced it. */
  async *renewed(): AsyncGenerator<string> {
    yield* this.rest()
    const present = await stat(this.#path).catch(() => undefined)
    const old = await this.#file?.stat()
    if (!present || (old && old.ino === present.ino && present.size >= this.#at)) return
    const place = old?.ino === present.ino ? undefined : await this.#reopen()
    this.#at = place ?? 0
    if (place === undefined) yield* this.unfinished()
    yield* this.rest()
  }

  /** Opens the file that took the log's place; where it goes on after what was read, if it holds that. */
  async #reopen(): Promise<number | undefined> {
    const landmark = Buffer.alloc(landmarkBytes)
    const read = this.#at < landmarkBytes ? undefined : await this.#file?.read(landmark, 0, landmarkBytes, this.#at - landmarkBytes)
    await this.#file?.close()
    await this.open()
    return read?.bytesRead === landmarkBytes ? this.#find(landmark) : undefined
  }

  /** Where the file goes on after these bytes; undefined when it does not hold them. */
  async #find(wanted: Buffer): Promise<number | undefined> {
    const block = Buffer.alloc(chunkBytes + wanted.length)
    let found: number | undefined
    for (let at = 0; this.#file; at += chunkBytes) {
      const { bytesRead } = await this.#file.read(block, 0, block.length, at)
      const place = block.subarray(0, bytesRead).lastIndexOf(wanted)
      if (place >= 0) found = at + place + wanted.length
      if (bytesRead < block.length) break
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }
}

/** The end of the last whole UTF-8 character. */
function characterEnd(text: Buffer): number {
  let start = text.length - 1
  while (start > text.length - 4 && ((text[start] ?? 0) & 0xc0) === 0x80) start--
  const lead = text[start] ?? 0
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return text.length - start < wanted ? start : text.length
}
