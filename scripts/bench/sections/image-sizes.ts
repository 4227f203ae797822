import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from '../../checkout.ts'
import type { Manifest } from '../../guest/manifest.ts'
import type { Bench, Section } from '../bench.ts'
import { compressedBytes } from '../compressed-size.ts'
import { type Figure, figure } from '../figure.ts'
import { conventionalGuest } from '../references.ts'

/** What has to be shipped: kernel, initrd and root of Cove's guest, and the disk of the conventional one. */
export const imageSizes: Section = {
  name: 'sizes',
  async measure(bench: Bench): Promise<Figure[]> {
    const folder = process.env['COVE_GUEST_DIR'] ?? join(checkout, 'dist', 'guest', process.arch === 'arm64' ? 'arm64' : 'amd64')
    const { artefacts } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest
    const reference = await bench.reference()
    const { kernel, initrd, root } = artefacts
    const download = await compressedBytes([kernel, initrd, root].map(({ file }) => join(folder, file)))
    const size = (name: string, label: string, bytes: number): Figure => figure({ name: `sizes.${name}`, label, unit: 'MB' }, [bytes / 1e6])
    return [
      size('kernel', 'kernel', kernel.bytes),
      size('initrd', 'initrd', initrd.bytes),
      size('root', 'root image', root.bytes),
      figure({ name: 'sizes.total', label: 'kernel + initrd + root', unit: 'MB' }, [(kernel.bytes + initrd.bytes + root.bytes) / 1e6], {
        [conventionalGuest]: [reference.bytes / 1e6],
      }),
      figure({ name: 'sizes.download', label: 'the same through zstd -9', unit: 'MB' }, [download / 1e6], { [conventionalGuest]: [reference.downloadBytes / 1e6] }),
    ]
  },
}
