import { type FileHandle, open } from 'node:fs/promises'

/** What the start of a qcow2 file says; sizes and offsets in bytes. Source: QEMU docs/interop/qcow2.rst. */
export interface Qcow2Header {
  clusterBytes: number
  capacityBytes: number
  l1Offset: number
  l1Entries: number
  refcountTableOffset: number
  refcountTableBytes: number
}

const headerBytes = 104
/** Bits 9..55 of an L1 or L2 entry are a host offset. */
const offsetMask = 0x00ff_ffff_ffff_fe00n
const compressedBit = 1n << 62n

/** The header of a qcow2 of ours, or a sentence why these bytes are none; pure. */
export function parseQcow2Header(bytes: Buffer): Qcow2Header | string {
  if (bytes.length < headerBytes) return `it has ${bytes.length} bytes, less than a header`
  if (bytes.readUInt32BE(0) !== 0x5146_49fb) return 'it does not begin with a qcow2 header'
  if (bytes.readUInt32BE(4) !== 3) return `its qcow2 version is ${bytes.readUInt32BE(4)}, not 3`
  // A file that names another one could make QEMU read any file of the host.
  if (bytes.readBigUInt64BE(8) !== 0n) return 'it names a backing file, which Cove never does'
  const features = bytes.readBigUInt64BE(72)
  if ((features & 2n) !== 0n) return 'QEMU has marked it as corrupt'
  if ((features & ~1n) !== 0n) return `it uses features Cove does not (${features.toString(16)})`
  if (bytes.readUInt32BE(32) !== 0) return 'it is encrypted, which Cove never does'
  const clusterBits = bytes.readUInt32BE(20)
  if (clusterBits < 9 || clusterBits > 21) return `its cluster size 2^${clusterBits} is impossible`
  return layout(bytes, 2 ** clusterBits)
}

function layout(bytes: Buffer, clusterBytes: number): Qcow2Header | string {
  const number = (at: number): number => Number(bytes.readBigUInt64BE(at))
  const header = {
    clusterBytes,
    capacityBytes: number(24),
    l1Entries: bytes.readUInt32BE(36),
    l1Offset: number(40),
    refcountTableOffset: number(48),
    refcountTableBytes: bytes.readUInt32BE(56) * clusterBytes,
  }
  const neededEntries = Math.ceil(header.capacityBytes / (clusterBytes * (clusterBytes / 8)))
  const isAligned = [header.l1Offset, header.refcountTableOffset].every((offset) => offset > 0 && offset % clusterBytes === 0)
  if (!isAligned) return 'its tables are not where tables can be'
  // QEMU's own limit of an L1 table is 32 MiB.
  if (header.l1Entries < neededEntries || header.l1Entries * 8 > 32 * 1024 * 1024) return `its table of ${header.l1Entries} entries does not fit its capacity`
  return header
}

/** The header alone, or a sentence why there is none: safe while a vm writes to the image, whose tables then change under the reader. */
export async function readQcow2Header(path: string): Promise<Qcow2Header | string> {
  const file = await open(path, 'r')
  try {
    return parseQcow2Header(await readAt(file, 0, headerBytes))
  } finally {
    await file.close()
  }
}

/**
 * Reads the header and follows every table of an image that nobody has open, writing nothing.
 * Gives the header, or a sentence why the file is damaged: tables or data beyond its end mean that it was cut off.
 */
export async function inspectQcow2(path: string): Promise<Qcow2Header | string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const header = parseQcow2Header(await readAt(file, 0, headerBytes))
    if (typeof header === 'string') return header
    const cut = `it is cut off: ${size} bytes are left`
    if (header.l1Offset + header.l1Entries * 8 > size || header.refcountTableOffset + header.refcountTableBytes > size) return cut
    for (const l2Offset of entries(await readAt(file, header.l1Offset, header.l1Entries * 8), header)) {
      if (l2Offset + header.clusterBytes > size) return cut
      const clusters = entries(await readAt(file, l2Offset, header.clusterBytes), header)
      // The last cluster may be partly written; one that begins past the end was lost (as qemu-img check sees it).
      if (clusters.some((offset) => offset >= size)) return cut
    }
    return header
  } finally {
    await file.close()
  }
}

/** Host offsets in a table of 64-bit entries; compressed clusters are left to QEMU, Cove never writes any. */
function entries(table: Buffer, { clusterBytes }: Qcow2Header): number[] {
  const offsets: number[] = []
  for (let at = 0; at + 8 <= table.length; at += 8) {
    // The top 32 bits and the low ones apart: BigInt for each of 8,192 entries of each table would cost seconds.
    const high = table.readUInt32BE(at)
    const low = table.readUInt32BE(at + 4)
    const isZeroCluster = (low & 1) !== 0
    const isCompressed = (high & Number(compressedBit >> 32n)) !== 0
    if (isZeroCluster || isCompressed) continue
    const offset = (high & Number(offsetMask >> 32n)) * 2 ** 32 + (low - (low % 512))
    if (offset !== 0) offsets.push(offset - (offset % clusterBytes))
  }
  return offsets
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
