import { readdirSync, readFileSync, truncateSync, writeFileSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { openDatabase } from '#engine/store/database.ts'
import { migrations } from '#engine/store/migrations/index.ts'
import { openStore } from '#engine/store/store.ts'
import { tempDir } from '../../base/temp-dir.ts'

const log = silentLogger

/** A store as the Cove of that schema version left it. */
function makeOldStore(file: string, version: number): void {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  for (const { sql } of migrations.slice(0, version)) database.exec(sql)
  database.pragma(`user_version = ${version}`)
  if (version >= 1) database.exec(`INSERT INTO engine_events (at, kind, detail) VALUES ('2026-01-01T00:00:00.000Z', 'old', '{}')`)
  database.close()
}

function schemaOf(file: string): unknown[] {
  const database = new Database(file, { readonly: true })
  const schema = database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY name').all()
  database.close()
  return schema
}

test('migrations are numbered in order', () => {
  expect(migrations.map(({ name }) => Number(name.slice(0, 3)))).toEqual(migrations.map((_, i) => i + 1))
})

test.each(migrations.map((_, i) => i))('a store of schema %d becomes the same as a new one and keeps its rows', async (version) => {
  await using dir = tempDir()
  makeOldStore(dir.at('old.db'), version)
  {
    using store = openStore({ file: dir.at('old.db'), log })
    expect(store.warning).toBeUndefined()
    expect(store.events(10).map(({ kind }) => kind)).toEqual(version >= 1 ? ['old'] : [])
  }
  openStore({ file: dir.at('new.db'), log })[Symbol.dispose]()
  expect(schemaOf(dir.at('old.db'))).toEqual(schemaOf(dir.at('new.db')))
})

test('opening a second time changes nothing', async () => {
  await using dir = tempDir()
  for (let i = 0; i < 2; i++) {
    const { database, warning } = openDatabase({ file: dir.at('s.db'), log })
    expect(warning).toBeUndefined()
    expect(database.pragma('user_version', { simple: true })).toBe(migrations.length)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    database.close()
  }
})

test('a store of a newer Cove is refused and left as it is', async () => {
  await using dir = tempDir()
  makeOldStore(dir.at('s.db'), migrations.length)
  const newer = new Database(dir.at('s.db'))
  newer.pragma(`user_version = ${migrations.length + 1}`)
  newer.close()
  const before = readFileSync(dir.at('s.db'))
  expect(() => openDatabase({ file: dir.at('s.db'), log })).toThrow(expect.objectContaining({ code: 'file.unwritable', message: expect.stringContaining('newer') }))
  expect(readFileSync(dir.at('s.db')).equals(before)).toBe(true)
  expect(readdirSync(dir.path)).toEqual(['s.db'])
})

const breakages: [string, (file: string) => void][] = [
  ['is no database', (file) => writeFileSync(file, 'This was a text file all along.\n'.repeat(100))],
  ['was cut short', (file) => truncateSync(file, statSync(file).size - 4096)],
  ['has a damaged page', (file) => {
    const bytes = readFileSync(file)
    bytes.fill(0xff, 4096, 8192)
    writeFileSync(file, bytes)
  }],
  ['claims our version without our tables', (file) => {
    const database = new Database(file)
    database.exec('DROP TABLE tasks; CREATE TABLE tasks (x)')
    database.close()
  }],
]

test.each(breakages)('a file that %s is kept aside, and a new store begun', async (_how, spoil) => {
  await using dir = tempDir()
  makeOldStore(dir.at('s.db'), migrations.length)
  spoil(dir.at('s.db'))
  const spoilt = readFileSync(dir.at('s.db'))
  using store = openStore({ file: dir.at('s.db'), log })
  const aside = readdirSync(dir.path).filter((name) => name.startsWith('s.db.broken-') && !/-(wal|shm)$/.test(name))
  expect(aside).toHaveLength(1)
  expect(readFileSync(dir.at(aside[0] ?? '')).equals(spoilt)).toBe(true)
  expect(store.warning).toMatchObject({ code: 'history.begun-anew', about: { path: dir.at(aside[0] ?? '') }, message: expect.stringContaining(dir.at(aside[0] ?? '')) })
  store.addEvent('after', {})
  expect(store.events(10).map(({ kind }) => kind)).toEqual(['after'])
})

test('a store that cannot be made says where and what to do', async () => {
  await using dir = tempDir()
  expect(() => openDatabase({ file: dir.at('none', 's.db'), log })).toThrow(expect.objectContaining({ code: 'file.unwritable', message: expect.stringContaining(dir.at('none', 's.db')) }))
  expect(() => openDatabase({ file: dir.path, log })).toThrow(expect.objectContaining({ code: 'file.unwritable' }))
})
