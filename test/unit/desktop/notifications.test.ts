import { EventEmitter } from 'node:events'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EngineApi } from '#base/engine-client.ts'
import { DesktopMemory } from '#desktop/memory.ts'
import type { EngineLink } from '#desktop/engine-link.ts'
import { Notifications } from '#desktop/notifications.ts'
import { wordsOf } from '#desktop/words.ts'
import { createRouter } from '#engine/handlers/router.ts'
import { testParts } from '../engine/test-engine.ts'
import { tempHome } from '../base/temp-dir.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** An app's notifications on a real store, whose time a test lets pass. */
async function watched() {
  const home = tempHome()
  const { parts, close } = await testParts(home.paths)
  const memory = new DesktopMemory(home.paths)
  const shown: string[] = []
  const looksAt = new Set<string>()
  /** An app that starts now, and its connection to the engine. */
  const open = () => {
    const link = new EventEmitter<{ link: [{ phase: string }] }>()
    const connection = { end: new AbortController() }
    const api = createRouterClient(createRouter(parts)) as unknown as EngineApi
    const watch: EngineApi['activity']['watch'] = (input) => api.activity.watch(input, { signal: connection.end.signal })
    const notifications = new Notifications({
      link: Object.assign(link, { api: { ...api, activity: { list: api.activity.list, watch } } }) as unknown as EngineLink,
      memory,
      words: () => wordsOf('en'),
      isShowing: ({ part = '' }) => looksAt.has(part),
      show: ({ title }) => void shown.push(title),
    })
    const connect = async (): Promise<void> => {
      connection.end = new AbortController()
      link.emit('link', { phase: 'connected' })
      await vi.advanceTimersByTimeAsync(1)
    }
    return { connect, lose: () => connection.end.abort(), close: () => (connection.end.abort(), notifications[Symbol.dispose]()) }
  }
  const exit = (name: string): void => parts.store.addEvent('container.exited', { id: name, name, exitCode: 1 })
  /** What was shown after so long. */
  const after = async (ms: number): Promise<string[]> => {
    await vi.advanceTimersByTimeAsync(ms)
    return shown.splice(0)
  }
  return { open, exit, after, looksAt, memory, [Symbol.asyncDispose]: async () => (await close(), await memory.settled(), await home[Symbol.asyncDispose]()) }
}

test('what happens together is one notification, and what follows waits for a rest', async () => {
  await using app = await watched()
  const opened = app.open()
  await opened.connect()
  for (let index = 0; index < 12; index++) app.exit(`c${index}`)
  expect(await app.after(900)).toEqual([])
  expect(await app.after(200)).toEqual(['12 containers ended'])
  app.exit('d1')
  await vi.advanceTimersByTimeAsync(3000)
  app.exit('d2')
  expect(await app.after(6000)).toEqual([])
  expect(await app.after(1500)).toEqual(['2 containers ended'])
  opened.close()
})

test('nothing from before the app began is told, nothing twice after the connection was lost, and what happened meanwhile once', async () => {
  await using app = await watched()
  app.exit('long-ago')
  await vi.advanceTimersByTimeAsync(60_000)
  const first = app.open()
  await first.connect()
  app.exit('one')
  expect(await app.after(20_000)).toEqual(['one ended'])
  first.lose()
  app.exit('two')
  await vi.advanceTimersByTimeAsync(1000)
  await first.connect()
  expect(await app.after(20_000)).toEqual(['two ended'])
  first.close()
  // The next app knows what the former one told, even when the clock was set back.
  await app.memory.settled()
  vi.setSystemTime(Date.now() - 3600_000)
  const second = app.open()
  await second.connect()
  expect(await app.after(20_000)).toEqual([])
  second.close()
})

test('a container that ends over and over is told of once in a while', async () => {
  await using app = await watched()
  const opened = app.open()
  await opened.connect()
  for (let round = 0; round < 10; round++) {
    app.exit('loop')
    await vi.advanceTimersByTimeAsync(30_000)
  }
  expect(await app.after(0)).toEqual(['loop ended'])
  await vi.advanceTimersByTimeAsync(600_000)
  app.exit('loop')
  expect(await app.after(2000)).toEqual(['loop ended'])
  opened.close()
})

test('who looks at the container needs no telling', async () => {
  await using app = await watched()
  const opened = app.open()
  await opened.connect()
  app.looksAt.add('seen')
  app.exit('seen')
  expect(await app.after(5000)).toEqual([])
  app.exit('other')
  expect(await app.after(5000)).toEqual(['other ended'])
  opened.close()
})
