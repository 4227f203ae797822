import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { chunkBytes, headText, maxManifestBytes, names, parseEnd, storedChunkBytes } from './layout.ts'
import { Manifest, type Content, type Item } from './manifest.ts'
import { blockBytes, paddingOf, sizeInHeader } from './ustar.ts'

const decompress = promisify(zstdDecompress)

/** An archive whose end and manifest are whole; contents are checked as they are read. */
export class ArchiveReader implements AsyncDisposable {
  readonly path: string
  readonly manifest: Manifest
  readonly #file: FileHandle
  readonly #places: Map<Item, Place>

  private constructor(path: string, file: FileHandle, { manifest, places }: Index) {
    this.path = path
    this.#file = file
    this.manifest = manifest
    this.#places = places
  }

  /** @throws CoveError `archive.unreadable`, `archive.truncated`, `archive.other-version`, `archive.corrupt`. */
  static async open(path: string): Promise<ArchiveReader> {
    const file = await open(path, 'r').catch((error: unknown) => Promise.reject(unreadable(path, error)))
    try {
      return new ArchiveReader(path, file, await readIndex(new Source(path, file)))
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /**
   * An item's contents. The last chunk is handed out only once the digest of all of them is right.
   * @throws CoveError `archive.corrupt`, `archive.unreadable`.
   */
  async *read(item: Item, signal: AbortSignal): AsyncGenerator<Buffer, void> {
    const place = this.#places.get(item)
    if (!place) return
    const { content, number } = place
    const source = new Source(this.path, this.#file)
    const hash = createHash('sha256')
    let held: Buffer | undefined
    let bytes = 0
    let at = content.offset
    for (let index = 1; index <= content.chunks; index++) {
      signal.throwIfAborted()
      const { data, end } = await source.entry(at, names.chunk(number, index), storedChunkBytes)
      const chunk = await expand(data).catch(() => Promise.reject(source.corrupt(`"${names.chunk(number, index)}" cannot be decompressed`)))
      at = end
      hash.update(chunk)
      bytes += chunk.length
      if (held) yield held
      held = chunk
    }
    if (at !== place.end) throw source.corrupt(`foreign bytes follow the contents of item ${number}`)
    if (bytes !== content.bytes || hash.digest('hex') !== content.sha256) throw source.corrupt(`the contents of item ${number} are not those that were exported`)
    if (held) yield held
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

function expand(data: Buffer): Promise<Buffer> {
  // A bomb ends here: nothing of ours is longer.
  return decompress(data, { maxOutputLength: chunkBytes })
}

/** Reads entries at their places. */
class Source {
  readonly #path: string
  readonly #file: FileHandle

  constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  corrupt(what: string): CoveError {
    return new CoveError('archive.corrupt', { message: `"${this.#path}" is damaged: ${what}`, hint: 'Take another copy of it. Nothing was changed by this item.' })
  }

  truncated(what: string): CoveError {
    return new CoveError('archive.truncated', { message: `"${this.#path}" is cut short: ${what}`, about: { path: this.#path }, hint: 'Copy or export it again.' })
  }

  async size(): Promise<number> {
    const info = await this.#file.stat()
    if (info.isFile()) return info.size
    throw unreadable(this.#path, new Error('it is no file'))
  }

  async bytes(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#file.read(buffer, done, length - done, at + done).catch((error: unknown) => Promise.reject(unreadable(this.#path, error)))
      if (bytesRead === 0) throw this.truncated(`it ends at byte ${at + done}`)
      done += bytesRead
    }
    return buffer
  }

  /** An entry that must have this name, exactly as the writer writes it. */
  async entry(at: number, name: string, longest: number): Promise<{ data: Buffer; end: number }> {
    const size = sizeInHeader(await this.bytes(at, blockBytes), name)
    if (size === undefined || size > longest) throw this.corrupt(`"${name}" is not at byte ${at}`)
    const padding = paddingOf(size)
    const data = await this.bytes(at + blockBytes, size + padding)
    if (data.subarray(size).some((byte) => byte !== 0)) throw this.corrupt(`"${name}" is followed by foreign bytes`)
    return { data: data.subarray(0, size), end: at + blockBytes + size + padding }
  }
}

interface Place {
  content: Content
  /** In its chunks' names, from 1. */
  number: number
  /** Where whatever follows begins. */
  end: number
}

interface Index {
  manifest: Manifest
  places: Map<Item, Place>
}

async function readIndex(source: Source): Promise<Index> {
  const size = await source.size()
  const head = await readHead(source, size)
  const end = await readEnd(source, size)
  const { data, end: next } = await source.entry(end.manifestAt, names.manifest, maxManifestBytes)
  if (next !== end.at) throw source.corrupt('its manifest is not where its end says')
  if (createHash('sha256').update(data).digest('hex') !== end.sha256) throw source.corrupt('its manifest does not have the digest its end names')
  const parsed = Manifest.safeParse(parseJson(data))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw source.corrupt(`its manifest is not valid at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`)
  }
  return { manifest: parsed.data, places: placesOf(source, parsed.data, { from: head, to: end.manifestAt }) }
}

/** Where the first content begins. */
async function readHead(source: Source, size: number): Promise<number> {
  const foreign = new CoveError('archive.unreadable', { message: 'this is no archive of cove export', hint: 'For a docker-save archive use: docker load' })
  if (size < 2 * blockBytes) throw size === 0 ? source.truncated('it is empty') : foreign
  const head = Buffer.from(headText())
  const size0 = sizeInHeader(await source.bytes(0, blockBytes), names.head)
  if (size0 === undefined || size0 > blockBytes) throw foreign
  const { data, end } = await source.entry(0, names.head, blockBytes)
  if (data.equals(head)) return end
  throw new CoveError('archive.other-version', { message: `this archive was written by another version of Cove: ${data.toString('utf8').trim().slice(0, 80)}`, hint: 'Import it with that version or a newer one.' })
}

async function readEnd(source: Source, size: number): Promise<{ at: number; manifestAt: number; sha256: string }> {
  const at = size - 4 * blockBytes
  const tail = at > 0 ? await source.bytes(at, 4 * blockBytes) : Buffer.alloc(4 * blockBytes)
  const isWhole = sizeInHeader(tail.subarray(0, blockBytes), names.end) === blockBytes && tail.subarray(2 * blockBytes).every((byte) => byte === 0)
  const end = isWhole ? parseEnd(tail.toString('latin1', blockBytes, 2 * blockBytes)) : undefined
  if (!end) throw source.truncated('its end is missing')
  const manifestAt = at - blockBytes - end.bytes - paddingOf(end.bytes)
  if (end.bytes > maxManifestBytes || manifestAt < 0) throw source.corrupt('its end names an impossible manifest')
  return { at, manifestAt, sha256: end.sha256 }
}

/** Each item's contents: they follow each other from head to manifest, and whoever reads one checks that it ends where it should. */
function placesOf(source: Source, manifest: Manifest, { from, to }: { from: number; to: number }): Map<Item, Place> {
  const full = manifest.items.flatMap((item) => ('content' in item && item.content ? [{ item, content: item.content }] : []))
  if ((full[0]?.content.offset ?? to) !== from) throw source.corrupt('foreign bytes follow its head')
  return new Map(full.map(({ item, content }, index) => [item, { content, number: index + 1, end: full[index + 1]?.content.offset ?? to }]))
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'))
  } catch {
    return undefined
  }
}

function unreadable(path: string, error: unknown): CoveError {
  return new CoveError('archive.unreadable', { message: `cannot read "${path}": ${toCoveError(error).message}`, hint: 'Name an archive that cove export wrote.', cause: error })
}
