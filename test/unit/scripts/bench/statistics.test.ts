import { describe, expect, test } from 'vitest'
import { median, percentile, summarize } from '#scripts/bench/statistics.ts'

describe('statistics', () => {
  test('the median of an odd number of runs is the middle one, in any order', () => {
    expect(median([30, 10, 20])).toBe(20)
  })

  test('the median of an even number of runs lies between the two middle ones', () => {
    expect(median([1, 2, 10, 11])).toBe(6)
  })

  test('a percentile is interpolated between its neighbours', () => {
    expect(percentile([0, 10, 20, 30, 40], 0.95)).toBeCloseTo(38)
    expect(percentile([5], 0.95)).toBe(5)
  })

  test('a summary has the spread and the count, and leaves the runs in their order', () => {
    const runs = [3, 1, 2]
    expect(summarize(runs)).toEqual({ median: 2, min: 1, max: 3, count: 3 })
    expect(runs).toEqual([3, 1, 2])
  })

  test('no runs are an error, never a zero', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})
