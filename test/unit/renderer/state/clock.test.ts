import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Clock } from '#renderer/state/clock.ts'

const page = Object.assign(new EventTarget(), { hidden: false })

beforeEach(() => {
  page.hidden = false
  vi.stubGlobal('document', page)
  vi.useFakeTimers({ now: 1000 })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function hide(isHidden: boolean): void {
  page.hidden = isHidden
  page.dispatchEvent(new Event('visibilitychange'))
}

test('one timer serves everybody who listens, and ends with the last of them', () => {
  const clock = new Clock(100)
  const heard = [vi.fn(), vi.fn()]
  const leave = heard.map((listener) => clock.subscribe(listener))
  expect(vi.getTimerCount()).toBe(1)
  heard.forEach((listener) => listener.mockClear())
  vi.advanceTimersByTime(250)
  expect(heard.map(({ mock }) => mock.calls.length)).toEqual([2, 2])
  expect(clock.read()).toBe(1200)
  leave[0]!()
  expect(vi.getTimerCount()).toBe(1)
  leave[1]!()
  expect(vi.getTimerCount()).toBe(0)
})

test('it stands still while the window is hidden, and is right at once when it is shown', () => {
  const clock = new Clock(100)
  const leave = clock.subscribe(() => undefined)
  hide(true)
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(5000)
  hide(false)
  expect(clock.read()).toBe(6000)
  leave()
  hide(true)
  hide(false)
  expect(vi.getTimerCount()).toBe(0)
})

test('read by nobody who listens, it is no older than a tick', () => {
  const clock = new Clock(100)
  vi.advanceTimersByTime(99)
  expect(clock.read()).toBe(1000)
  vi.advanceTimersByTime(1)
  expect(clock.read()).toBe(1100)
})
