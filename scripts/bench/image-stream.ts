import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'

/** Content that no compression on the way makes smaller. */
const block = randomBytes(1024 * 1024)

/** The same in every pass, or the layer's checksum would change with the second. */
const mtime = new Date(0)

/** One layer with one file of so many MiB, as a tar. */
function layer(mebibytes: number): Readable {
  const tar = pack()
  Readable.from(repeated(mebibytes)).pipe(tar.entry({ name: 'data', size: mebibytes * block.length, mtime }, () => tar.finalize()))
  return Readable.from(tar)
}

function* repeated(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield block
}

/** The size of that tar: a header, the content (whole sectors of 512 bytes), and two empty sectors. */
const layerBytes = (mebibytes: number): number => 512 + mebibytes * block.length + 1024

/** An image of one layer as `docker load` reads it, made while it is read; `mebibytes` of random content. */
export async function imageStream(name: string, mebibytes: number): Promise<Readable> {
  const hash = createHash('sha256')
  for await (const chunk of layer(mebibytes)) hash.update(chunk as Buffer)
  const layers = { type: 'layers', diff_ids: [`sha256:${hash.digest('hex')}`] }
  const config = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', config: {}, rootfs: layers }
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]
  const tar = pack()
  tar.entry({ name: 'manifest.json' }, JSON.stringify(manifest))
  tar.entry({ name: 'config.json' }, JSON.stringify(config))
  layer(mebibytes).pipe(tar.entry({ name: 'layer.tar', size: layerBytes(mebibytes) }, () => tar.finalize()))
  return Readable.from(tar)
}
