import { expect, test } from 'vitest'
import { clockOffset, onOurClock } from '#scripts/bench/window/clock.ts'

test('the quickest answer tells how far the other clock is ahead', () => {
  const samples = [
    { asked: 100, told: 190, answered: 180 },
    { asked: 200, told: 251.5, answered: 201 },
    { asked: 300, told: 330, answered: 340 },
  ]
  expect(clockOffset(samples)).toEqual({ ms: 51, within: 0.5 })
})

test('a time is put on our clock only by an offset that is more than what it may be wrong by', () => {
  expect(onOurClock(1000, { ms: 51, within: 0.5 })).toBe(949)
  expect(onOurClock(1000, { ms: 0.3, within: 0.5 })).toBe(1000)
})

test('nothing is told by no samples', () => {
  expect(() => clockOffset([])).toThrow(RangeError)
})
