import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** How memory is known again: its length and a checksum against damage (not against malice: it lies in the user's own folder). */
export interface MemoryDigest {
  bytes: number
  crc32: number
}

/** The largest piece of memory held at a time, in bytes. */
const blockBytes = 1024 * 1024

/** The digest of a file's content, wherever else it is read meanwhile; one block is read while the other is added up. */
export async function digestOf(handle: FileHandle, signal?: AbortSignal): Promise<MemoryDigest> {
  const digest = { bytes: 0, crc32: 0 }
  const blocks = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)] as const
  const read = async (turn: number, at: number): Promise<Buffer> => {
    const block = blocks[turn as 0 | 1]
    const { bytesRead } = await handle.read(block, 0, blockBytes, at)
    return block.subarray(0, bytesRead)
  }
  let block = await read(0, 0)
  for (let turn = 1; block.length > 0; turn = 1 - turn) {
    signal?.throwIfAborted()
    digest.bytes += block.length
    const next = read(turn, digest.bytes)
    digest.crc32 = crc32(block, digest.crc32)
    block = await next
  }
  return digest
}

/** Which file it is and in what state; changes whenever anybody writes to it. */
export async function stateOf(handle: FileHandle): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true })
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`
}
