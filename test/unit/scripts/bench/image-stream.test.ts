import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { imageStream } from '#scripts/bench/image-stream.ts'

async function entriesOf(stream: Readable): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>()
  for await (const entry of stream.pipe(extract())) entries.set(entry.header.name, await buffer(Readable.from(entry)))
  return entries
}

test('the stream is an image of one layer whose checksum its configuration names', async () => {
  const entries = await entriesOf(await imageStream('a/b:c', 2))
  expect(JSON.parse(String(entries.get('manifest.json')))).toEqual([{ Config: 'config.json', RepoTags: ['a/b:c'], Layers: ['layer.tar'] }])
  const layer = entries.get('layer.tar') ?? Buffer.alloc(0)
  const config = JSON.parse(String(entries.get('config.json'))) as { rootfs: { diff_ids: string[] } }
  expect(config.rootfs.diff_ids).toEqual([`sha256:${createHash('sha256').update(layer).digest('hex')}`])
  const files = await entriesOf(Readable.from([layer]))
  expect(files.get('data')).toHaveLength(2 * 1024 * 1024)
})
