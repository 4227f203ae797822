/** One entry of a tar archive; a link has a target, a folder ends in '/'. */
export type TarEntry = { path: string; mode: number; data?: Buffer; linkTo?: string }

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

function encode({ path, mode, data = Buffer.alloc(0), linkTo = '' }: TarEntry): Buffer {
  const head = Buffer.alloc(512)
  const kind = linkTo !== '' ? '2' : path.endsWith('/') ? '5' : '0'
  head.write(path, 0, 100)
  head.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(data.length, 12) + octal(0, 12), 100)
  head.write('        ', 148)
  head.write(kind, 156)
  head.write(linkTo, 157, 100)
  head.write('ustar\x0000', 257, 'latin1')
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([head, data, Buffer.alloc((512 - (data.length % 512)) % 512)])
}

/** A ustar archive: the same bytes for the same entries (owner root, time zero). */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(encode), Buffer.alloc(1024)])
}
