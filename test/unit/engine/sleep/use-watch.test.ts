import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Activity } from '#engine/sleep/activity.ts'
import { UseWatch } from '#engine/sleep/use-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const minutes = 60_000

test('who says nothing for five minutes does not count, from the moment somebody waits; nobody never counts', () => {
  const activity = new Activity()
  using events = activity.hold({ traffic: () => 100 })
  vi.advanceTimersByTime(60 * minutes)
  const onLook = vi.fn()
  using watch = new UseWatch({ activity, onLook })
  vi.advanceTimersByTime(4.5 * minutes)
  expect(watch.isUsed).toBe(true)
  onLook.mockImplementation(() => expect(watch.isUsed).toBe(false))
  vi.advanceTimersByTime(0.5 * minutes)
  expect(onLook).toHaveBeenCalledTimes(10)
  events[Symbol.dispose]()
  expect(watch.isUsed).toBe(false)
})

test('a pull that goes on counts as long as it does, and again once it goes on after a silence', () => {
  const activity = new Activity()
  let bytes = 0
  using _pull = activity.hold({ traffic: () => bytes })
  using watch = new UseWatch({ activity, onLook: () => (bytes += 1) })
  vi.advanceTimersByTime(60 * minutes)
  expect(watch.isUsed).toBe(true)
  const silent = bytes
  using other = new UseWatch({ activity: { holds: [{ traffic: () => silent }] }, onLook: () => undefined })
  vi.advanceTimersByTime(5 * minutes)
  expect([watch.isUsed, other.isUsed]).toEqual([true, false])
})

test('a word said since the last look counts at once; so does whoever came, and work of the engine always', () => {
  const activity = new Activity()
  let bytes = 7
  using _silent = activity.hold({ traffic: () => bytes })
  using watch = new UseWatch({ activity, onLook: () => undefined })
  vi.advanceTimersByTime(5 * minutes)
  expect(watch.isUsed).toBe(false)
  using come = activity.hold({ traffic: () => 1 })
  expect(watch.isUsed).toBe(true)
  come[Symbol.dispose]()
  expect(watch.isUsed).toBe(false)
  bytes += 1
  expect(watch.isUsed).toBe(true)
  vi.advanceTimersByTime(5.5 * minutes)
  expect(watch.isUsed).toBe(false)
  using _task = activity.hold()
  vi.advanceTimersByTime(60 * minutes)
  expect(watch.isUsed).toBe(true)
})

test('nothing is looked at once it was disposed', () => {
  const onLook = vi.fn()
  const watch = new UseWatch({ activity: new Activity(), onLook })
  watch[Symbol.dispose]()
  vi.advanceTimersByTime(60 * minutes)
  expect(onLook).not.toHaveBeenCalled()
})
