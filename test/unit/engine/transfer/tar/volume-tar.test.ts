import { expect, test } from 'vitest'
import { checkedVolumeTar } from '#engine/transfer/tar/volume-tar.ts'
import { gathered, inPieces, tarOf, type Entry } from './tar-bytes.ts'

const root: Entry = { name: 'v/', type: 'directory' }
const check = async (entries: readonly Entry[]): Promise<Buffer> => gathered(checkedVolumeTar(inPieces(await tarOf(entries), 1000), 'db'))

test('a volume passes unchanged, its links and devices with it', async () => {
  const entries: Entry[] = [
    root,
    { name: 'v/a b', content: 'x'.repeat(3000) },
    { name: 'v/d/', type: 'directory' },
    { name: 'v/d/...', content: 'three dots are a name' },
    { name: 'v/abs', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'v/up', type: 'symlink', linkname: '../../x' },
    { name: 'v/h', type: 'link', linkname: 'v/a b' },
    { name: 'v/n', type: 'character-device' },
    { name: 'v/f', type: 'fifo' },
  ]
  expect(await check(entries)).toEqual(await tarOf(entries))
})

const hostile: Record<string, Entry[]> = {
  'a way up': [root, { name: 'v/../etc/passwd', content: 'x' }],
  'a way up at the end': [root, { name: 'v/a/..', type: 'directory' }],
  'an absolute path': [root, { name: '/etc/passwd', content: 'x' }],
  'another folder': [root, { name: 'etc/passwd', content: 'x' }],
  'a name that only begins alike': [root, { name: 'vv/a', content: 'x' }],
  'a dot': [root, { name: 'v/./a', content: 'x' }],
  'an empty part': [root, { name: 'v//a', content: 'x' }],
  'the root as a file': [root, { name: 'v', content: 'x' }],
  'the root as a link': [{ name: 'v', type: 'symlink', linkname: '/' }],
  'a hard link outside': [root, { name: 'v/h', type: 'link', linkname: '/etc/passwd' }],
  'a hard link up': [root, { name: 'v/h', type: 'link', linkname: 'v/../../etc/passwd' }],
  'no root': [{ name: 'v/a', content: 'x' }],
  'a path in an extended header': [root, { name: 'v/a', pax: { path: '../../etc/passwd' }, content: 'x' }],
  'a sparse file': [root, { name: 'v/a', pax: { 'GNU.sparse.realsize': '1099511627776' }, content: 'x' }],
  nothing: [],
}

test.each(Object.keys(hostile))('refused: %s', async (what) => {
  await expect(check(hostile[what] ?? [])).rejects.toMatchObject({ code: 'archive.corrupt', message: expect.stringContaining('volume "db"') })
})

test('an error that Docker appends to a tar it could not finish is no part of a volume', async () => {
  const tar = (await tarOf([root, { name: 'v/a', content: 'x' }])).subarray(0, -1024)
  const cut = Buffer.concat([tar, Buffer.from('{"message":"read error"}\n')])
  await expect(gathered(checkedVolumeTar(inPieces(cut, 4096), 'db'))).rejects.toMatchObject({ code: 'archive.corrupt', message: expect.stringContaining('cut short') })
})
