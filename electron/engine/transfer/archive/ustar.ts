/** Bytes of a tar block. */
export const blockBytes = 512

/** The largest size a plain header can say. */
const maxSize = 8 ** 11 - 1

/** The header of a plain file, always the same bytes for the same name and size; a name has at most 100 ASCII characters. */
export function fileHeader(name: string, size: number): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(name) || !Number.isInteger(size) || size < 0 || size > maxSize) throw new RangeError(`no plain tar entry: "${name}", ${size} bytes`)
  const header = Buffer.alloc(blockBytes)
  header.write(name, 0)
  header.write('0000600\0' + '0000000\0' + '0000000\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0` + '00000000000\0', 124)
  header.write('0', 156)
  header.write('ustar\0' + '00', 257)
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** The size a header says if it is exactly the one of `name` as fileHeader writes it; undefined for any other bytes. */
export function sizeInHeader(header: Buffer, name: string): number | undefined {
  const digits = /^([0-7]{11})\0$/.exec(header.toString('latin1', 124, 136))?.[1]
  if (digits === undefined) return undefined
  const size = Number.parseInt(digits, 8)
  return header.equals(fileHeader(name, size)) ? size : undefined
}

/** Bytes that fill an entry up to a whole block. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes
}

/** The sum of a header's bytes with its own checksum field taken as spaces. */
export function checksum(header: Buffer): number {
  let sum = 8 * 0x20
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += header[at] ?? 0
  return sum
}
