import { expect, test } from 'vitest'
import { reported } from '#engine/transfer/report.ts'

const item = (name: string) => ({ kind: 'volume' as const, name, bytes: 1, action: 'copy' as const, as: null, note: null })
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('everything that is done is told in order, the end last', async () => {
  const events = await Array.fromAsync(
    reported(async (report) => {
      report.item(item('a'))
      await turn()
      report.item(item('b'))
      report.end(5, 'x')
    }, undefined),
  )
  expect(events.map((event) => (event.type === 'item' ? event.item.name : event.type))).toEqual(['a', 'b', 'end'])
})

test('a reader that is slow gets only the latest progress, and the work does not wait for it', async () => {
  const done = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const events = reported(async (report) => {
    report.phase('copy', 100)
    report.moved('a', 1)
    await go.promise
    for (let i = 0; i < 10_000; i++) report.moved('a', 1)
    await turn()
    report.end(0, null)
    done.resolve()
  }, undefined)
  expect((await events.next()).value).toMatchObject({ type: 'progress', phase: 'copy', current: 'a', bytes: 1, totalBytes: 100 })
  go.resolve()
  await done.promise
  expect((await Array.fromAsync(events)).length).toBeLessThanOrEqual(2)
})

test('the error of the work comes after what was done before it', async () => {
  const seen: string[] = []
  const read = async (): Promise<void> => {
    for await (const event of reported(async (report) => {
      report.item(item('a'))
      await turn()
      throw new Error('broken')
    }, undefined)) seen.push(event.type)
  }
  await expect(read()).rejects.toThrow('broken')
  expect(seen).toEqual(['item'])
})

test('when the reader leaves or the signal fires, the work is cancelled and has ended before the stream does', async () => {
  for (const how of ['leave', 'abort'] as const) {
    const abort = new AbortController()
    let hasTidied = false
    const events = reported(async (report, signal) => {
      report.item(item('a'))
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      await turn()
      hasTidied = true
      throw signal.reason
    }, abort.signal)
    await events.next()
    if (how === 'leave') await events.return(undefined)
    else {
      abort.abort(new Error('interrupted'))
      await expect(events.next()).rejects.toThrow('interrupted')
    }
    expect(hasTidied, how).toBe(true)
  }
})
