/** One entry of an initramfs. */
export type CpioEntry = { path: string; mode: number; data?: Buffer }

const pad = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)
const hex = (value: number): string => value.toString(16).padStart(8, '0')

function encode({ path, mode, data = Buffer.alloc(0) }: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`)
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0]
  const head = Buffer.concat([Buffer.from(`070701${fields.map(hex).join('')}`), name])
  return Buffer.concat([head, pad(head.length), data, pad(data.length)])
}

/** An initramfs archive ("newc" cpio): the same bytes for the same entries. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  return Buffer.concat([...entries, { path: 'TRAILER!!!', mode: 0 }].map((entry, index) => encode(entry, index + 1)))
}
