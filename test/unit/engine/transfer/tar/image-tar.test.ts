import { extract } from 'tar-stream'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { configId, namelessImageTar, observedImageTar, partsOfOthers, type SavedImage } from '#engine/transfer/tar/image-tar.ts'
import { gathered, inPieces, tarOf, type Entry } from './tar-bytes.ts'

const hex = (letter: string): string => letter.repeat(64)
const blob = (letter: string): string => `blobs/sha256/${hex(letter)}`
const images = [
  { Config: blob('a'), RepoTags: ['one:1', 'one:2'], Layers: [blob('1'), blob('2')], LayerSources: {} },
  { Config: blob('b'), RepoTags: null, Layers: [blob('1'), blob('3')] },
]
const entries: Entry[] = [
  { name: 'blobs/', type: 'directory' },
  ...['1', '2', '3', 'a', 'b'].map((letter) => ({ name: blob(letter), content: letter.repeat(700) })),
  { name: 'index.json', content: '{}' },
  { name: 'manifest.json', content: JSON.stringify(images) },
  { name: 'oci-layout', content: '{}' },
  { name: 'repositories', content: '{"one":{}}' },
]

async function unpack(tar: Buffer): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const reader = extract()
  Readable.from([tar]).pipe(reader)
  for await (const entry of reader) found[entry.header.name] = Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)).toString()
  return found
}

test('looking at an archive of images changes no byte of it', async () => {
  const tar = await tarOf(entries)
  let seen: SavedImage[] = []
  expect(await gathered(observedImageTar(inPieces(tar, 300), (list) => (seen = list)))).toEqual(tar)
  expect(seen.map(({ RepoTags }) => RepoTags)).toEqual([['one:1', 'one:2'], []])
  expect(seen.map(configId)).toEqual([`sha256:${hex('a')}`, `sha256:${hex('b')}`])
})

test('it is loaded without names, and without the parts of images that are not wanted', async () => {
  const saved = images.map(({ Config, Layers }): SavedImage => ({ Config, Layers, RepoTags: [] }))
  const isWanted = ({ Config }: SavedImage): boolean => Config === blob('b')
  const dropped = partsOfOthers(saved, isWanted)
  expect([...dropped].toSorted()).toEqual([blob('2'), blob('a')])
  for (const piece of [1, 999, 100_000]) {
    const tar = await gathered(namelessImageTar(inPieces(await tarOf(entries), piece), { dropped, isWanted, onImages: () => undefined }))
    const files = await unpack(tar)
    expect(Object.keys(files)).toEqual(['blobs/', blob('1'), blob('3'), blob('b'), 'manifest.json'])
    expect(JSON.parse(files['manifest.json'] ?? '')).toEqual([{ Config: blob('b'), RepoTags: null, Layers: [blob('1'), blob('3')] }])
    expect(files[blob('3')]).toBe('3'.repeat(700))
  }
})

test('the form of Docker before 25 is kept whole, links between its layers included', async () => {
  const old: SavedImage[] = [
    { Config: `${hex('a')}.json`, RepoTags: ['x:1'], Layers: ['l1/layer.tar'] },
    { Config: `${hex('b')}.json`, RepoTags: ['y:1'], Layers: ['l2/layer.tar'] },
  ]
  expect([...partsOfOthers(old, ({ Config }) => Config.startsWith('b'))]).toEqual([])
  expect(old.map(configId)).toEqual([`sha256:${hex('a')}`, `sha256:${hex('b')}`])
  const linked: Entry[] = [{ name: 'l1/layer.tar', content: 'x' }, { name: 'l2/layer.tar', type: 'symlink', linkname: '../l1/layer.tar' }, { name: 'manifest.json', content: JSON.stringify(old) }]
  const tar = await tarOf(linked)
  await expect(gathered(observedImageTar(inPieces(tar, 512), () => undefined))).resolves.toEqual(tar)
})

const manifest: Entry = { name: 'manifest.json', content: '[]' }
const hostile: Record<string, Entry[]> = {
  'no list of images': [{ name: blob('1'), content: 'x' }],
  'two lists of images': [manifest, manifest],
  'a list that is none': [{ name: 'manifest.json', content: '{"Config":1}' }],
  'a list that is no JSON': [{ name: 'manifest.json', content: '[' }],
  'a list that is a link': [{ name: 'manifest.json', type: 'symlink', linkname: '/etc/passwd' }],
  'a way up': [{ name: '../x', content: 'x' }, manifest],
  'an absolute path': [{ name: '/x', content: 'x' }, manifest],
  'a link out': [{ name: 'l', type: 'symlink', linkname: '../../etc' }, manifest],
  'an absolute link': [{ name: 'l', type: 'symlink', linkname: '/etc' }, manifest],
  'a hard link': [{ name: 'l', type: 'link', linkname: 'x' }, manifest],
  'a device': [{ name: 'd', type: 'block-device' }, manifest],
}

test.each(Object.keys(hostile))('refused: %s', async (what) => {
  const tar = await tarOf(hostile[what] ?? [])
  await expect(gathered(observedImageTar(inPieces(tar, 512), () => undefined))).rejects.toMatchObject({ code: 'archive.corrupt' })
})
