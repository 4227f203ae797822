import { expect, test } from 'vitest'
import { defaultLimits, retryDelayMs } from '#engine/tunnel/limits.ts'

test('the pause between dials doubles up to a second', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1_000].map((failures) => retryDelayMs(failures, defaultLimits))).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000])
})
