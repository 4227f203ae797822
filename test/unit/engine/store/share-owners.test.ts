import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { openShareOwners } from '#engine/store/share-owners.ts'
import { tempDir } from '../../base/temp-dir.ts'

const owner = { uid: 999, gid: 998, mode: 0o40700, rdev: 0, hostMode: 0o40755 }

test('owners outlive the engine; an inode used again is another file', async () => {
  await using dir = tempDir()
  const file = dir.at('share-owners.db')
  {
    using owners = openShareOwners({ file, log: silentLogger })
    owners.set({ ino: 2n ** 63n + 5n, birthtimeNs: 7n }, owner)
    owners.set({ ino: 6n, birthtimeNs: 7n }, owner)
    owners.forget({ ino: 6n, birthtimeNs: 7n })
  }
  using owners = openShareOwners({ file, log: silentLogger })
  expect(owners.get({ ino: 2n ** 63n + 5n, birthtimeNs: 7n })).toEqual(owner)
  expect(owners.get({ ino: 2n ** 63n + 5n, birthtimeNs: 8n })).toBeUndefined()
  expect(owners.get({ ino: 6n, birthtimeNs: 7n })).toBeUndefined()
})

test('a broken file is kept aside and a new one begun', async () => {
  await using dir = tempDir()
  const file = dir.at('share-owners.db')
  writeFileSync(file, 'this is no database at all, and long enough to be looked at')
  using owners = openShareOwners({ file, log: silentLogger })
  owners.set({ ino: 1n, birthtimeNs: 1n }, owner)
  expect(owners.get({ ino: 1n, birthtimeNs: 1n })).toEqual(owner)
  expect(readdirSync(dirname(join(file))).some((name) => name.startsWith('share-owners.db.broken-'))).toBe(true)
})
