type Section = { name: string; nameAt: number; type: number; offset: number; size: number; link: number }

function readString(data: Buffer, at: number): string {
  return data.toString('latin1', at, data.indexOf(0, at))
}

/** True for a 64-bit little-endian ELF file. */
export function isElf(data: Buffer): boolean {
  return data.length > 64 && data.readUInt32BE(0) === 0x7f454c46 && data[4] === 2 && data[5] === 1
}

function readSections(data: Buffer): Section[] {
  const table = Number(data.readBigUInt64LE(0x28))
  const size = data.readUInt16LE(0x3a)
  const count = data.readUInt16LE(0x3c)
  if (table === 0 || count === 0) return []
  const headers = Array.from({ length: count }, (_, index) => table + index * size)
  const names = Number(data.readBigUInt64LE((headers[data.readUInt16LE(0x3e)] ?? table) + 0x18))
  return headers.map((at) => ({
    name: readString(data, names + data.readUInt32LE(at)),
    nameAt: names + data.readUInt32LE(at),
    type: data.readUInt32LE(at + 4),
    offset: Number(data.readBigUInt64LE(at + 0x18)),
    size: Number(data.readBigUInt64LE(at + 0x20)),
    link: data.readUInt32LE(at + 0x28),
  }))
}

/** The shared libraries an ELF file names (DT_NEEDED). */
export function neededLibraries(data: Buffer): string[] {
  if (!isElf(data)) return []
  const sections = readSections(data)
  const dynamic = sections.find((section) => section.type === 6)
  const strings = dynamic && sections[dynamic.link]
  if (!dynamic || !strings) return []
  const needed: string[] = []
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (data.readBigInt64LE(at) === 1n) needed.push(readString(data, strings.offset + Number(data.readBigUInt64LE(at + 8))))
  }
  return needed
}

/** Renames a section in place (its second letter becomes '_') so that nobody finds it by its name. */
export function hideSection(data: Buffer, name: string): void {
  const section = isElf(data) ? readSections(data).find((other) => other.name === name) : undefined
  if (section) data.write('_', section.nameAt + 1, 'latin1')
}
