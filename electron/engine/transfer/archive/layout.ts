/**
 * An archive is a plain tar of a closed set of entries, in this order:
 *
 *     cove-archive.json       {"format":1}
 *     items/00001/000001.zst  contents of the first item, at most 1 MiB before compression
 *     items/00001/000002.zst  …
 *     items/00002/000001.zst
 *     manifest.json           every item with its definition, place, length and sha256
 *     end.txt                 sha256 and length of the manifest, 512 bytes
 *
 * and tar's two zero blocks. Nobody needs to know a size before the contents were read, an item is found without
 * reading those before it, and what is cut short has no end.
 */
export const names = {
  head: 'cove-archive.json',
  chunk: (item: number, chunk: number): string => `items/${String(item).padStart(5, '0')}/${String(chunk).padStart(6, '0')}.zst`,
  manifest: 'manifest.json',
  end: 'end.txt',
} as const

/** The one format there is. */
export const formatVersion = 1

/** The longest a chunk is before compression, in bytes. */
export const chunkBytes = 1024 * 1024

/** The longest a chunk may be as stored: zstd's bound for incompressible data. */
export const storedChunkBytes = chunkBytes + chunkBytes / 128 + 4096

/** A manifest of 20,000 items with long labels has less. */
export const maxManifestBytes = 32 * 1024 * 1024

/** The last entry: its length is fixed, so that it is found from the end of the file. */
export function endText(manifestSha256: string, manifestBytes: number): string {
  return `${manifestSha256} ${manifestBytes}`.padEnd(511) + '\n'
}

/** Reads what endText wrote. */
export function parseEnd(text: string): { sha256: string; bytes: number } | undefined {
  const [, sha256, bytes] = /^([0-9a-f]{64}) (\d{1,9}) *\n$/.exec(text) ?? []
  return sha256 === undefined ? undefined : { sha256, bytes: Number(bytes) }
}

/** The bytes of the first entry's content. */
export function headText(): string {
  return `${JSON.stringify({ format: formatVersion })}\n`
}
