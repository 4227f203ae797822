import { createHash } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'
import { coveVersion } from '#base/version.ts'
import { chunkBytes, endText, formatVersion, headText, names } from './layout.ts'
import { Item, type Content, type Manifest } from './manifest.ts'
import { blockBytes, fileHeader, paddingOf } from './ustar.ts'

const compress = promisify(zstdCompress)

/** Writes an archive beside its final name, which it gets when it is whole; until then, and after a failure, nothing is there. */
export class ArchiveWriter implements AsyncDisposable {
  readonly #path: string
  readonly #partial: string
  readonly #file: FileHandle
  readonly #hash = createHash('sha256')
  readonly #items: Item[] = []
  #contents = 0
  #bytes = 0
  #isWhole = false

  private constructor(path: string, partial: string, file: FileHandle) {
    this.#path = path
    this.#partial = partial
    this.#file = file
  }

  /** @throws CoveError `file.unwritable`. */
  static async create(path: string): Promise<ArchiveWriter> {
    const partial = `${path}.partial`
    // Whatever lies there is of an export that was cut off: this engine runs one at a time.
    const file = await open(partial, 'w', 0o600).catch((error: unknown) => Promise.reject(unwritable(partial, error)))
    await using opened = new AsyncDisposableStack()
    const writer = opened.use(new ArchiveWriter(path, partial, file))
    await writer.#entry(names.head, Buffer.from(headText()))
    opened.move()
    return writer
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Stores contents in chunks while they come; at most one chunk is gathered while the one before is compressed and written. */
  async addContent(source: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): Promise<Content> {
    const item = ++this.#contents
    const content: Content = { offset: this.#bytes, chunks: 0, bytes: 0, sha256: '' }
    const hash = createHash('sha256')
    let writing: Promise<void> = Promise.resolve()
    const store = async (chunk: Buffer): Promise<void> => {
      await writing
      const name = names.chunk(item, ++content.chunks)
      writing = compress(chunk).then((data) => this.#entry(name, data))
      writing.catch(() => undefined)
    }
    let chunk = new Chunk()
    for await (const piece of source) {
      hash.update(piece)
      content.bytes += piece.length
      onBytes(piece.length)
      for (let rest = piece; rest.length > 0; ) {
        rest = chunk.take(rest)
        if (!chunk.isFull) continue
        await store(chunk.data)
        chunk = new Chunk()
      }
    }
    if (chunk.data.length > 0) await store(chunk.data)
    await writing
    content.sha256 = hash.digest('hex')
    return content
  }

  /** Adds an item, whose contents were added just before. @throws CoveError `archive.corrupt` for one that no reader would take. */
  add(item: Item): void {
    const parsed = Item.safeParse(item)
    if (parsed.success) return void this.#items.push(item)
    const [issue] = parsed.error.issues
    const name = 'name' in item ? `${item.kind} "${item.name}"` : item.kind
    throw new CoveError('archive.corrupt', { message: `${name} cannot be kept in an archive: "${issue?.path.join('.') ?? ''}" is not valid (${issue?.message ?? ''})`, hint: 'Leave it out by naming what to take along.' })
  }

  /** Writes the end and gives the file its name. @returns its length and sha256. */
  async finish(): Promise<{ bytes: number; sha256: string }> {
    const manifest: Manifest = { format: formatVersion, cove: coveVersion, createdAt: new Date().toISOString(), items: this.#items }
    const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)
    await this.#entry(names.manifest, text)
    await this.#entry(names.end, Buffer.from(endText(createHash('sha256').update(text).digest('hex'), text.length)))
    await this.#write([Buffer.alloc(2 * blockBytes)])
    try {
      await this.#file.sync()
      await this.#file.close()
      await rename(this.#partial, this.#path)
    } catch (error) {
      throw unwritable(this.#path, error)
    }
    this.#isWhole = true
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isWhole) return
    await this.#file.close().catch(() => undefined)
    await rm(this.#partial, { force: true })
  }

  #entry(name: string, data: Buffer): Promise<void> {
    return this.#write([fileHeader(name, data.length), data, Buffer.alloc(paddingOf(data.length))])
  }

  async #write(parts: Buffer[]): Promise<void> {
    for (const part of parts) {
      this.#hash.update(part)
      this.#bytes += part.length
    }
    try {
      // Not `writev`: it may write less than it was given and leaves the rest to the caller.
      for (const part of parts) await this.#file.writeFile(part)
    } catch (error) {
      throw unwritable(this.#partial, error)
    }
  }
}

/** Bytes gathered up to the length of a chunk. */
class Chunk {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes)
  #length = 0

  get isFull(): boolean {
    return this.#length === chunkBytes
  }

  get data(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Takes what fits and returns the rest. */
  take(piece: Uint8Array): Uint8Array {
    const fits = Math.min(piece.length, chunkBytes - this.#length)
    this.#buffer.set(piece.subarray(0, fits), this.#length)
    this.#length += fits
    return piece.subarray(fits)
  }
}

function unwritable(path: string, error: unknown): CoveError {
  const isFull = errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT'
  return new CoveError(isFull ? 'disk.no-space' : 'file.unwritable', {
    message: `cannot write "${path}": ${isFull ? 'there is no room left' : toCoveError(error).message}`,
    about: { path },
    hint: isFull ? 'Make room, or name a file on another disk.' : 'Name another file.',
    cause: error,
  })
}
