import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { cancelled, withLimit } from '#base/limit.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function forever(): Promise<never> {
  return Promise.withResolvers<never>().promise
}

test('the result of work that is in time comes back', async () => {
  await expect(withLimit({ what: 'work', ms: 10 }, async () => 7)).resolves.toBe(7)
})

test('work that is late fails with the limit\'s code, what it was and how long, and the hint', async () => {
  const outcome = withLimit({ what: 'the moon', ms: 1500, code: 'vm.step-timeout', hint: 'look up' }, forever)
  outcome.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(1499)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  await expect(outcome).rejects.toMatchObject({ code: 'vm.step-timeout', message: 'waited 1.5 s for the moon', hint: 'look up' })
})

test('without a code being late is wait.timeout', async () => {
  const outcome = withLimit({ what: 'it', ms: 1 }, forever)
  outcome.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(1)
  await expect(outcome).rejects.toMatchObject({ code: 'wait.timeout' })
})

test('the caller\'s reason wins when it comes first, and the limit\'s when that does', async () => {
  const mine = new Error('I changed my mind')
  const first = new AbortController()
  const aborted = withLimit({ what: 'it', ms: 1000, signal: first.signal }, forever)
  first.abort(mine)
  await expect(aborted).rejects.toBe(mine)

  const second = new AbortController()
  const late = withLimit({ what: 'it', ms: 1000, signal: second.signal }, forever)
  late.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(1000)
  second.abort(mine)
  await expect(late).rejects.toBeInstanceOf(CoveError)
})

test('the cause wins over the abort error of the work that obeys it', async () => {
  const abort = new AbortController()
  const reason = cancelled('the start')
  const outcome = withLimit({ what: 'it', ms: 1000, signal: abort.signal }, async (signal) => {
    const { promise, reject } = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => reject(new Error('AbortError')))
    return promise
  })
  abort.abort(reason)
  await expect(outcome).rejects.toBe(reason)
})

test('work is not begun for a caller who gave up before', async () => {
  const work = vi.fn(forever)
  await expect(withLimit({ what: 'it', ms: 1000, signal: AbortSignal.abort(new Error('gone')) }, work)).rejects.toThrow('gone')
  expect(work).not.toHaveBeenCalled()
})

test.each([
  ['succeeds', async () => 1],
  ['fails', async () => Promise.reject(new Error('no'))],
  ['throws before it returns a promise', () => {
    throw new Error('no')
  }],
])('neither timer nor listener is left behind by work that %s', async (_how, work: () => Promise<unknown>) => {
  const abort = new AbortController()
  let own: AbortSignal | undefined
  await withLimit({ what: 'it', ms: 60_000, signal: abort.signal }, (signal) => {
    own = signal
    return work()
  }).catch(() => undefined)
  expect(vi.getTimerCount()).toBe(0)
  expect(own && getEventListeners(own, 'abort')).toEqual([])
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
})

test('work that fails after the time was up disturbs nobody', async () => {
  const work = Promise.withResolvers<never>()
  const outcome = withLimit({ what: 'it', ms: 1 }, () => work.promise)
  outcome.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(1)
  work.reject(new Error('late'))
  await expect(outcome).rejects.toMatchObject({ code: 'wait.timeout' })
})
