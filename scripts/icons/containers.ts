/** One size of an icon as PNG. */
export interface IconImage {
  size: number
  png: Buffer
}

/** A Windows .ico of PNGs (Microsoft, "ICO file format"; PNG entries since Vista). */
export function makeIco(images: readonly IconImage[]): Buffer {
  const header = Buffer.alloc(6 + 16 * images.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(images.length, 4)
  let offset = header.length
  for (const [index, { size, png }] of images.entries()) {
    const entry = 6 + 16 * index
    // 0 stands for 256.
    header.writeUInt8(size % 256, entry)
    header.writeUInt8(size % 256, entry + 1)
    header.writeUInt16LE(1, entry + 4)
    header.writeUInt16LE(32, entry + 6)
    header.writeUInt32LE(png.length, entry + 8)
    header.writeUInt32LE(offset, entry + 12)
    offset += png.length
  }
  return Buffer.concat([header, ...images.map(({ png }) => png)])
}

/** The types of an .icns that hold PNGs, by size in pixels. */
const icnsTypes: Readonly<Record<number, string>> = { 16: 'icp4', 32: 'icp5', 64: 'icp6', 128: 'ic07', 256: 'ic08', 512: 'ic09', 1024: 'ic10' }

/** A macOS .icns of PNGs; sizes without a type of their own are left out. */
export function makeIcns(images: readonly IconImage[]): Buffer {
  const blocks = images.flatMap(({ size, png }) => {
    const type = icnsTypes[size]
    return type === undefined ? [] : [block(type, png)]
  })
  return block('icns', Buffer.concat(blocks))
}

function block(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32BE(head.length + content.length, 4)
  return Buffer.concat([head, content])
}
