import { readFileSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { EngineEvent, Task } from '#contract/history.ts'
import { silentLogger } from '#base/log.ts'
import { openStore } from '#engine/store/store.ts'
import { tempDir } from '../../base/temp-dir.ts'

const log = silentLogger

test('events come back newest first, as the contract says, no more than asked for', async () => {
  await using dir = tempDir()
  using store = openStore({ file: dir.at('s.db'), log })
  for (let i = 1; i <= 5; i++) store.addEvent('engine.running', { i, ok: true, list: [1] })
  const events = store.events(3)
  expect(events.map(({ detail }) => detail['i'])).toEqual([5, 4, 3])
  for (const event of events) expect(EngineEvent.parse(event)).toEqual(event)
})

test('a task runs until it ends, once', async () => {
  await using dir = tempDir()
  using store = openStore({ file: dir.at('s.db'), log })
  const task = store.startTask('start')
  expect(store.tasks(1)).toMatchObject([{ name: 'start', outcome: 'running', endedAt: null, error: null }])
  task.end('failed', 'no room')
  const [ended] = store.tasks(1)
  expect(ended).toMatchObject({ outcome: 'failed', error: 'no room', endedAt: expect.any(String) })
  expect(Task.parse(ended)).toEqual(ended)
})

test('a task that an engine left running is lost at the next opening, others are not', async () => {
  await using dir = tempDir()
  {
    using store = openStore({ file: dir.at('s.db'), log })
    store.startTask('one').end('done')
    store.startTask('two')
  }
  using store = openStore({ file: dir.at('s.db'), log })
  expect(store.tasks(10).map(({ name, outcome, endedAt }) => [name, outcome, endedAt !== null])).toEqual([
    ['two', 'lost', true],
    ['one', 'done', true],
  ])
})

test('secrets are redacted before they reach the disk, and any detail is kept', async () => {
  await using dir = tempDir()
  {
    using store = openStore({ file: dir.at('s.db'), log })
    store.addEvent('a', { token: 'c4nary', url: 'http://u:c4nary@h', hasToken: true, secrets: ['x', 1], note: 'password=c4nary', big: 1n })
    store.startTask('t').end('failed', 'Authorization: Basic c4nary')
    expect(store.events(1)[0]?.detail).toEqual({ token: '***', url: 'http://***:***@h', hasToken: true, secrets: ['x', 1], note: 'password=***', big: '1' })
  }
  expect(readFileSync(dir.at('s.db')).includes('c4nary')).toBe(false)
})

test('what cannot be kept is logged and disturbs nobody', async () => {
  await using dir = tempDir()
  const error = vi.fn()
  const store = openStore({ file: dir.at('s.db'), log: { ...log, error } })
  const task = store.startTask('late')
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  store.addEvent('circular', circular)
  expect(error).toHaveBeenCalledTimes(1)
  store[Symbol.dispose]()
  store.addEvent('after the end', {})
  task.end('done')
  store.startTask('after the end').end('done')
  expect(error).toHaveBeenCalledTimes(4)
})

test('a watcher gets what it missed, then each event as it comes, and ends with its signal', async () => {
  await using dir = tempDir()
  using store = openStore({ file: dir.at('s.db'), log })
  for (let i = 1; i <= 250; i++) store.addEvent('e', { i })
  const abort = new AbortController()
  const seen: unknown[] = []
  const done = (async () => {
    for await (const { detail } of store.watchEvents(10, abort.signal)) seen.push(detail['i'])
  })()
  await vi.waitFor(() => expect(seen).toHaveLength(240))
  store.addEvent('e', { i: 251 })
  await vi.waitFor(() => expect(seen.at(-1)).toBe(251))
  expect(seen).toEqual(Array.from({ length: 241 }, (_, i) => i + 11))
  abort.abort()
  await done
})

test('only the newest ten thousand are kept, also while the engine runs', async () => {
  await using dir = tempDir()
  {
    using store = openStore({ file: dir.at('s.db'), log })
    for (let i = 0; i < 12_500; i++) store.addEvent('e', {})
  }
  const database = new Database(dir.at('s.db'))
  expect(database.prepare('SELECT count(*) AS n, max(id) AS last FROM engine_events').get()).toMatchObject({ last: 12_500 })
  expect((database.prepare('SELECT count(*) AS n FROM engine_events').get() as { n: number }).n).toBeLessThan(11_001)
  database.close()
  openStore({ file: dir.at('s.db'), log })[Symbol.dispose]()
  expect(statSync(dir.at('s.db')).size).toBeLessThan(3_000_000)
})

test('who follows the opened folders is told of each that comes or goes, and of nothing else', async () => {
  await using dir = tempDir()
  using store = openStore({ file: dir.at('s.db'), log })
  const seen: string[][] = []
  const listening = store.projectFolders.onChange(() => seen.push(store.projectFolders.list()))
  for (const folder of ['/a', '/b', '/a']) store.projectFolders.add(folder)
  for (const folder of ['/a', '/never']) store.projectFolders.remove(folder)
  listening[Symbol.dispose]()
  store.projectFolders.add('/c')
  expect(seen).toEqual([['/a'], ['/a', '/b'], ['/b']])
})
