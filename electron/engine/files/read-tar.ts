import { extract, type Header } from 'tar-stream'
import { CoveError } from '#contract/errors.ts'
import type { FileEntry } from '#contract/file.ts'
import { clampMs, type Listed } from './guest-listing.ts'

/** A file as it stands in a tar, its contents up to a limit. */
export interface TarFile {
  size: number
  mode: number
  uid: number
  gid: number
  data: Buffer
}

/** Listing a folder by its tar reads all below it; beyond so many bytes the rest is left out. */
const maxListedBytes = 256 * 1024 * 1024
const kinds: Readonly<Record<string, FileEntry['kind']>> = { file: 'file', 'contiguous-file': 'file', link: 'file', directory: 'folder', symlink: 'link', fifo: 'fifo', 'character-device': 'device', 'block-device': 'device' }

/** The first file of a tar, no more of it than `limitBytes`; undefined when the tar begins with something else. */
export async function readFirstFile(tar: AsyncGenerator<Buffer, void>, limitBytes: number): Promise<TarFile | undefined> {
  for await (const entry of entriesOf(tar)) {
    const { type, size, mode, uid, gid } = entry.header
    if (type !== 'file') return undefined
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      if ((length += chunk.length) >= limitBytes) break
    }
    return { size, mode: mode & 0o7777, uid, gid, data: Buffer.concat(chunks).subarray(0, limitBytes) }
  }
  return undefined
}

/** What lies directly in the folder that a tar of Docker's begins with. */
export async function listFromTar(tar: AsyncGenerator<Buffer, void>): Promise<Listed> {
  const entries: Listed['entries'] = []
  let read = 0
  let isFirst = true
  for await (const entry of entriesOf(tar)) {
    const { header } = entry
    if (isFirst && header.type !== 'directory') throw new CoveError('docker.not-found', { message: `"${header.name}" is not a folder` })
    const [, name] = header.name.replace(/\/$/, '').split('/')
    if (!isFirst && name !== undefined && header.name.replace(/\/$/, '').split('/').length === 2) entries.push(entryOf(name, header))
    isFirst = false
    read += header.size + 512
    if (read > maxListedBytes || entries.length >= 20_000) return { entries, isComplete: false }
    entry.resume()
  }
  return { entries, isComplete: true }
}

function entryOf(name: string, { type, size, mode, uid, gid, mtime, linkname }: Header): Listed['entries'][number] {
  return {
    name,
    kind: kinds[type] ?? 'file',
    bytes: size,
    mode: mode & 0o7777,
    uid,
    gid,
    modifiedAt: new Date(clampMs(mtime.getTime())).toISOString(),
    target: type === 'symlink' ? linkname : null,
  }
}

/** The entries of a tar as they come; leaving early ends the source. */
async function* entriesOf(tar: AsyncGenerator<Buffer, void>) {
  const extracted = extract()
  const fed = feed(tar, extracted)
  try {
    for await (const entry of extracted) yield entry
  } catch (error) {
    throw error instanceof CoveError ? error : new CoveError('docker.unreachable', { message: `Docker sent no tar: ${error instanceof Error ? error.message : String(error)}` })
  } finally {
    extracted.destroy()
    await tar.return(undefined)
    await fed
  }
}

async function feed(tar: AsyncIterable<Buffer>, into: ReturnType<typeof extract>): Promise<void> {
  try {
    for await (const chunk of tar) {
      if (into.destroyed) return
      if (!into.write(chunk)) await new Promise<void>((resolve) => into.once('drain', resolve).once('close', resolve))
    }
    into.end(undefined)
  } catch (error) {
    into.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}
