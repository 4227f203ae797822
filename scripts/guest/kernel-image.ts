import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isElf } from './elf.ts'
import { run } from './run.ts'

const compressions = [
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), args: ['zstd', '-d', '-q', '-f', '-c'] },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), args: ['xz', '-d', '-c', '--single-stream'] },
  { magic: Buffer.from([0x1f, 0x8b]), args: ['gzip', '-d', '-c'] },
]

/** The compressed kernel inside an x86 bzImage (Linux boot protocol 2.08: payload offset and length). */
export function findPayload(image: Buffer): Buffer {
  if (image.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Error('The kernel is not a bzImage.')
  const start = ((image[0x1f1] ?? 0) + 1) * 512 + image.readUInt32LE(0x248)
  /* The last four bytes are the unpacked size, which is not part of the compressed stream. */
  return image.subarray(start, start + image.readUInt32LE(0x24c) - 4)
}

async function unpack(payload: Buffer, scratch: string): Promise<string> {
  const found = compressions.find(({ magic }) => payload.subarray(0, magic.length).equals(magic))
  if (!found) throw new Error(`Unknown kernel compression (starts with ${payload.subarray(0, 6).toString('hex')}).`)
  const [command = '', ...args] = found.args
  await writeFile(`${scratch}.packed`, payload)
  await run('sh', ['-c', '"$@" < "$0.packed" > "$0"', scratch, command, ...args])
  await rm(`${scratch}.packed`)
  return scratch
}

/** Writes the kernel QEMU starts directly: on amd64 the ELF with a PVH entry (no decompression in the guest), on arm64 the raw Image. */
export async function writeKernel(base: string, to: string): Promise<void> {
  const names = (await readdir(join(base, 'boot'))).filter((name) => name.startsWith('vmlinu'))
  const [name] = names
  if (name === undefined || names.length > 1) throw new Error(`Expected one kernel in /boot, found: ${names.join(', ') || 'none'}`)
  const image = await readFile(join(base, 'boot', name))
  if (image.toString('latin1', 0x202, 0x206) !== 'HdrS') return writeFile(to, image)
  await unpack(findPayload(image), to)
  if (!isElf(await readFile(to))) throw new Error('The unpacked kernel is not an ELF file.')
}
