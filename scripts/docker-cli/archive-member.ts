import { createReadStream, createWriteStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createInflateRaw } from 'node:zlib'
import { extract } from 'tar-stream'

/** Writes one member of a .tgz or .zip archive to a file. @throws Error when the archive has none of that name. */
export async function extractMember(archive: string, member: string, to: string): Promise<void> {
  const isThere = archive.endsWith('.zip') ? await unzip(archive, member, to) : await untar(archive, member, to)
  if (!isThere) throw new Error(`"${archive}" holds no "${member}"`)
}

async function untar(archive: string, member: string, to: string): Promise<boolean> {
  const entries = extract()
  const reading = pipeline(createReadStream(archive), createGunzip(), entries)
  // Whoever reads the entries meets the failure too.
  reading.catch(() => undefined)
  let isThere = false
  for await (const entry of entries) {
    if (entry.header.name === member && entry.header.type === 'file') {
      await pipeline(entry as unknown as Readable, createWriteStream(to))
      isThere = true
    } else entry.resume()
  }
  await reading
  return isThere
}

/** Where a zip archive keeps a member's compressed bytes. */
interface ZipMember {
  method: number
  compressedBytes: number
  headerAt: number
}

async function unzip(archive: string, member: string, to: string): Promise<boolean> {
  await using file = await open(archive)
  const found = await findZipMember(file, member)
  if (!found) return false
  const header = await readAt(file, found.headerAt, 30)
  const start = found.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed = createReadStream(archive, { start, end: start + found.compressedBytes - 1 })
  if (found.method === 0) await pipeline(packed, createWriteStream(to))
  else if (found.method === 8) await pipeline(packed, createInflateRaw(), createWriteStream(to))
  else throw new Error(`"${archive}": "${member}" is compressed by method ${found.method}, which is not supported`)
  return true
}

/** Looks a member up in the central directory. PKWARE's APPNOTE.TXT 4.3.12 and 4.3.16 */
async function findZipMember(file: FileHandle, member: string): Promise<ZipMember | undefined> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) throw new Error('the file is no zip archive')
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28)
    if (directory.toString('utf8', at + 46, nameEnd) === member) {
      return { method: directory.readUInt16LE(at + 10), compressedBytes: directory.readUInt32LE(at + 20), headerAt: directory.readUInt32LE(at + 42) }
    }
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return undefined
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new Error('the archive is cut short')
  return buffer
}
