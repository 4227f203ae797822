import { ArchiveReader } from './archive/archive-reader.ts'
import type { ArchivedImage, ImagesItem, Item, VolumeItem } from './archive/manifest.ts'
import type { Offer, OfferedImage, TransferOrigin } from './offer.ts'
import { configId, namelessImageTar, observedImageTar, partsOfOthers, type SavedImage } from './tar/image-tar.ts'
import { checkedVolumeTar } from './tar/volume-tar.ts'

/** What an archive offers. @throws CoveError `archive.…`. */
export async function openArchiveOrigin(path: string): Promise<TransferOrigin> {
  const reader = await ArchiveReader.open(path)
  const itemOf = new Map<Offer, Item>()
  for (const item of reader.manifest.items) itemOf.set(offerOf(reader, item), item)
  return {
    offers: [...itemOf.keys()],
    leftOut: [],
    verify: async (offers, onBytes, signal) => {
      for (const offer of offers) {
        const item = itemOf.get(offer)
        if (item) await verifyItem(reader, { item, onBytes, signal })
      }
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}

interface Verification {
  item: Item
  onBytes: (what: string, bytes: number) => void
  signal: AbortSignal
}

/** Reads an item's contents to their end: their digest, and that they are what Docker would have written. */
async function verifyItem(reader: ArchiveReader, { item, onBytes, signal }: Verification): Promise<void> {
  if (item.kind !== 'images' && item.kind !== 'volume') return
  const content = reader.read(item, signal)
  const checked = item.kind === 'volume' ? volumeTar(item, content) : observedImageTar(content, () => undefined)
  for await (const chunk of checked) onBytes(nameOf(item), chunk.length)
}

function volumeTar(item: VolumeItem, content: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  return item.content ? checkedVolumeTar(content, item.name) : content
}

/** What an item is called where its progress is shown. */
export function nameOf(item: Item | Offer): string {
  if (item.kind === 'images') return item.images.flatMap(({ tags, id }) => (tags.length > 0 ? tags : [id.slice(7, 19)])).join(', ')
  return item.kind === 'settings' ? 'settings' : item.name
}

function offerOf(reader: ArchiveReader, item: Item): Offer {
  switch (item.kind) {
    case 'images':
      return offerImages(reader, item)
    case 'volume': {
      const { name, options, labels, content } = item
      const open = content ? (signal: AbortSignal) => volumeTar(item, reader.read(item, signal)) : null
      return { kind: 'volume', name, options, labels, bytes: content?.bytes ?? null, origin: `sha256:${content?.sha256 ?? ''}`, note: null, open }
    }
    case 'network':
      return { kind: 'network', name: item.name, definition: item.definition }
    case 'project':
      return { kind: 'project', name: item.name, files: item.files, workingDir: null, imageIds: item.imageIds }
    case 'settings':
      return item
  }
}

function offerImages(reader: ArchiveReader, item: ImagesItem): Offer {
  const archived = new Map<OfferedImage, ArchivedImage>(item.images.map((image) => [{ ...image }, image]))
  const all = item.images.map(({ saved }): SavedImage => ({ ...saved, RepoTags: [] }))
  return {
    kind: 'images',
    images: [...archived.keys()],
    open: (wanted, signal) => {
      const configs = new Set(wanted.map((image) => archived.get(image)?.saved.Config))
      const isWanted = ({ Config }: SavedImage): boolean => configs.has(Config)
      return namelessImageTar(reader.read(item, signal), { dropped: partsOfOthers(all, isWanted), isWanted, onImages: () => undefined })
    },
    idsAfter: () => new Map([...archived].map(([offered, { saved, id }]) => [offered, configId({ ...saved, RepoTags: [] }) ?? id])),
  }
}
