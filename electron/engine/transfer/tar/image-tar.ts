import { z } from 'zod'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { fileHeader, paddingOf } from '../archive/ustar.ts'
import { TarScanner, type TarEntry } from './tar-scanner.ts'

/** One image of a docker-save archive, by the paths of its parts. */
export const SavedImage = z.object({
  Config: z.string(),
  RepoTags: z.array(z.string()).nullish().transform((tags) => tags ?? []),
  Layers: z.array(z.string()),
})
export type SavedImage = z.infer<typeof SavedImage>

/** What is to become of a docker-save archive that streams by. */
export interface ImageTarOptions {
  /** Contents of images that are not wanted: they are left out. */
  dropped?: ReadonlySet<string>
  /** Whether an image is to be loaded. */
  isWanted?: (image: SavedImage) => boolean
  /** Told of the images in it, near its end. */
  onImages(images: SavedImage[]): void
}

/** Names whose meaning is in manifest.json as well; without them a loader reads that alone. */
const otherIndexes = new Set(['index.json', 'oci-layout', 'repositories'])
const listName = 'manifest.json'
const maxListBytes = 16 * 1024 * 1024

/** A docker-save archive that is only looked at. @throws CoveError `archive.corrupt`. */
export function observedImageTar(source: AsyncIterable<Buffer>, onImages: (images: SavedImage[]) => void): AsyncGenerator<Buffer, void> {
  return transform(source, new ImageTar({ onImages }, false))
}

/**
 * A docker-save archive without names, so that loading it changes no tag, and without what is not wanted.
 * @throws CoveError `archive.corrupt`.
 */
export function namelessImageTar(source: AsyncIterable<Buffer>, options: ImageTarOptions): AsyncGenerator<Buffer, void> {
  return transform(source, new ImageTar(options, true))
}

/** An image's id, the digest of its configuration; undefined when the path is not one of docker save's. */
export function configId({ Config }: SavedImage): string | undefined {
  const digest = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(Config)?.[1]
  return digest === undefined ? undefined : `sha256:${digest}`
}

/** The parts that only unwanted images have. Archives of Docker before 25 link layers to one another: nothing is taken out of those. */
export function partsOfOthers(images: readonly SavedImage[], isWanted: (image: SavedImage) => boolean): Set<string> {
  const parts = (image: SavedImage): string[] => [image.Config, ...image.Layers].filter((path) => path.startsWith('blobs/'))
  const wanted = new Set(images.filter(isWanted).flatMap(parts))
  return new Set(images.filter((image) => !isWanted(image)).flatMap(parts).filter((path) => !wanted.has(path)))
}

async function* transform(source: AsyncIterable<Buffer>, tar: ImageTar): AsyncGenerator<Buffer, void> {
  const refuse = (error: unknown): never => {
    throw new CoveError('archive.corrupt', { message: `the archive of images is refused: ${toCoveError(error).message}`, cause: error })
  }
  for await (const chunk of source) {
    try {
      tar.push(chunk)
    } catch (error) {
      refuse(error)
    }
    yield* tar.take()
  }
  try {
    tar.end()
  } catch (error) {
    refuse(error)
  }
  yield* tar.take()
}

class ImageTar {
  readonly #options: ImageTarOptions
  readonly #isRewritten: boolean
  readonly #scanner: TarScanner
  #out: Buffer[] = []
  #chunk: Buffer = Buffer.alloc(0)
  #fate: 'keep' | 'drop' | 'list' = 'keep'
  #list: Buffer[] | undefined

  constructor(options: ImageTarOptions, isRewritten: boolean) {
    this.#options = options
    this.#isRewritten = isRewritten
    this.#scanner = new TarScanner({
      onEntry: (entry) => this.#begin(entry),
      onData: (bytes, isPadding) => {
        if (this.#fate === 'keep') this.#out.push(bytes)
        else if (this.#fate === 'list' && !isPadding) this.#list?.push(Buffer.from(bytes))
      },
      onEntryEnd: () => this.#fate === 'list' && this.#finishList(),
    })
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#scanner.push(chunk)
  }

  end(): void {
    this.#scanner.end()
    if (!this.#list) throw new Error(`it has no ${listName}`)
    this.#chunk = Buffer.alloc(0)
    if (this.#isRewritten) this.#out.push(Buffer.alloc(1024))
  }

  /** What is to be passed on by now. */
  take(): Buffer[] {
    const out = this.#out
    this.#out = []
    return this.#isRewritten ? out : this.#chunk.length > 0 ? [this.#chunk] : []
  }

  #begin(entry: TarEntry): void {
    requirePlain(entry)
    const isList = entry.name === listName
    if (isList && (this.#list || entry.kind !== 'file' || entry.size > maxListBytes)) throw new Error(`its ${listName} is not one`)
    if (isList) this.#list = []
    const isDropped = otherIndexes.has(entry.name) || this.#options.dropped?.has(entry.name) === true
    this.#fate = isList ? 'list' : isDropped ? 'drop' : 'keep'
    if (this.#fate === 'keep') this.#out.push(entry.raw)
  }

  #finishList(): void {
    this.#fate = 'drop'
    const images = z.array(SavedImage).parse(JSON.parse(Buffer.concat(this.#list ?? []).toString('utf8')))
    const { isWanted = () => true, onImages } = this.#options
    onImages(images)
    const text = Buffer.from(JSON.stringify(images.filter(isWanted).map(({ Config, Layers }) => ({ Config, RepoTags: null, Layers }))))
    this.#out.push(fileHeader(listName, text.length), text, Buffer.alloc(paddingOf(text.length)))
  }
}

function requirePlain({ name, kind, target }: TarEntry): void {
  const isInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..')
  if (!isInside(name)) throw new Error(`"${name.slice(0, 200)}" lies outside of it`)
  if (kind === 'device' || kind === 'fifo' || kind === 'hard-link') throw new Error(`"${name.slice(0, 200)}" is a ${kind}`)
  // Docker before 25 saves a layer that two images share as a link "../ID/layer.tar".
  if (kind === 'link' && !isInside(target.replace(/^\.\.\//, ''))) throw new Error(`"${name.slice(0, 200)}" links to "${target.slice(0, 200)}"`)
}
