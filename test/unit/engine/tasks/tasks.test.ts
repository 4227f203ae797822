import { expect, test } from 'vitest'
import type { TaskEvent } from '#contract/task.ts'
import { CoveError } from '#contract/errors.ts'
import { silentLogger } from '#base/log.ts'
import { Activity } from '#engine/sleep/activity.ts'
import { openStore } from '#engine/store/store.ts'
import type { TaskFeed } from '#engine/tasks/task-feed.ts'
import { Tasks } from '#engine/tasks/tasks.ts'

/** Tasks over a store in memory, and a piece of work that the test ends. */
function bench() {
  const store = openStore({ file: ':memory:', log: silentLogger })
  const tasks = new Tasks({ store, activity: new Activity() })
  const begin = (name = 'image.pull') => {
    const end = Promise.withResolvers<Record<string, string>>()
    const begun = Promise.withResolvers<TaskFeed>()
    const { task } = tasks.start({
      name,
      subject: 'alpine',
      run: (feed, signal) => {
        begun.resolve(feed)
        signal.addEventListener('abort', () => end.reject(new Error('aborted')))
        return end.promise
      },
    })
    return { task, end, begun: begun.promise }
  }
  return { store, tasks, begin }
}

const never = new AbortController().signal

test('who follows late gets what was told so far, then the rest and the end; the store remembers how it went', async () => {
  const { store, tasks, begin } = bench()
  const { task, end, begun } = begin()
  const feed = await begun
  feed.write('one\n')
  feed.setLayers([{ id: 'a', status: 'Downloading', currentBytes: 1, totalBytes: 4 }])
  feed.setLayers([{ id: 'a', status: 'Downloading', currentBytes: 2, totalBytes: 4 }])
  const events = tasks.follow(task, never)
  expect((await events.next()).value).toEqual({ kind: 'layers', layers: [{ id: 'a', status: 'Downloading', currentBytes: 2, totalBytes: 4 }] })
  expect((await events.next()).value).toEqual({ kind: 'output', text: 'one\n' })
  expect(tasks.list(1)).toMatchObject([{ id: task, subject: 'alpine', outcome: 'running', progress: 0.5, isCancellable: true }])
  const next = events.next()
  feed.write('two\n')
  expect((await next).value).toEqual({ kind: 'output', text: 'two\n' })
  end.resolve({ image: 'alpine' })
  expect((await events.next()).value).toEqual({ kind: 'end', outcome: 'done', error: null, result: { image: 'alpine' } })
  expect((await events.next()).done).toBe(true)
  expect(store.tasks(1)).toMatchObject([{ name: 'image.pull', subject: 'alpine', outcome: 'done' }])
  expect((await Array.fromAsync(tasks.follow(task, never))).map(({ kind }: TaskEvent) => kind)).toEqual(['layers', 'output', 'end'])
})

test('each whole percent of progress is told to who watches, and no more than that', async () => {
  const { tasks, begin } = bench()
  const { task, end, begun } = begin('volume.export')
  const feed = await begun
  const leaving = new AbortController()
  const changes = tasks.watch(leaving.signal)
  expect((await changes.next()).value).toMatchObject({ kind: 'all', objects: [{ id: task, progress: null }] })
  feed.setProgress('v', 10, 1000)
  expect((await changes.next()).value).toMatchObject({ kind: 'changed', objects: [{ id: task, progress: 0.01 }] })
  feed.setProgress('v', 15, 1000)
  feed.setProgress('v', 500, 1000)
  expect((await changes.next()).value).toMatchObject({ kind: 'changed', objects: [{ id: task, progress: 0.5 }] })
  end.resolve({})
  expect((await changes.next()).value).toMatchObject({ kind: 'changed', objects: [{ id: task, outcome: 'done' }] })
  leaving.abort()
})

test('a cancelled task ends as cancelled, a failed one with its reason; neither leaves anybody waiting', async () => {
  const { tasks, begin } = bench()
  const [one, other] = [begin(), begin()]
  const following = Array.fromAsync(tasks.follow(one.task, never))
  expect(await tasks.cancel(one.task)).toMatchObject({ outcome: 'cancelled' })
  expect((await following).at(-1)).toMatchObject({ kind: 'end', outcome: 'cancelled', error: { code: 'operation.cancelled' } })
  other.end.reject(new CoveError('docker.refused', { message: 'no such image, password=hunter2', hint: 'h' }))
  expect((await Array.fromAsync(tasks.follow(other.task, never))).at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'docker.refused', hint: 'h' } })
  expect(JSON.stringify(tasks.list(10))).not.toContain('hunter2')
  await expect(tasks.cancel(4711)).rejects.toMatchObject({ code: 'task.unknown' })
})

test('a watch tells those that run, each that begins, and each end once before it goes', async () => {
  const { tasks, begin } = bench()
  const first = begin()
  const leaving = new AbortController()
  const watch = tasks.watch(leaving.signal)
  expect((await watch.next()).value).toMatchObject({ kind: 'all', objects: [{ id: first.task }] })
  const second = begin('image.push')
  expect((await watch.next()).value).toMatchObject({ kind: 'changed', objects: [{ id: second.task, outcome: 'running' }], removed: [] })
  first.end.resolve({})
  expect((await watch.next()).value).toMatchObject({ objects: [{ id: first.task, outcome: 'done' }], removed: [] })
  expect((await watch.next()).value).toEqual({ kind: 'changed', objects: [], removed: [String(first.task)] })
  const waiting = watch.next()
  leaving.abort()
  expect((await waiting).done).toBe(true)
  await tasks.cancel(second.task)
})

test('output is kept up to a bound, for who comes late and for who does not read', async () => {
  const { tasks, begin } = bench()
  const { task, end, begun } = begin()
  const feed = await begun
  const slow = tasks.follow(task, never)
  for (let i = 0; i < 1000; i++) feed.write('x'.repeat(10_000))
  end.resolve({})
  for (const reader of [slow, tasks.follow(task, never)]) {
    const texts = (await Array.fromAsync(reader)).flatMap((event) => (event.kind === 'output' ? [event.text.length] : []))
    expect(texts).toEqual([256 * 1024])
  }
})

test('the end of the engine cancels what runs and waits for it', async () => {
  const { tasks, begin, store } = bench()
  begin()
  await tasks[Symbol.asyncDispose]()
  expect(store.tasks(1)).toMatchObject([{ outcome: 'cancelled' }])
})
