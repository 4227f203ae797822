import { expect, test } from 'vitest'
import { LogLines } from '#engine/docker/log-lines.ts'
import { framedLines, linesDue } from '#scripts/bench/window/log-lines.ts'

test('lines are framed such that the engine reads every one of them, with its time', () => {
  const at = Date.UTC(2026, 10, 22, 9)
  const lines = new LogLines({ hasTty: false }).push(framedLines(3, 41, at))
  expect(lines.map(({ text }) => /request (\d+)/.exec(text)?.[1])).toEqual(['41', '42', '43'])
  expect(lines[0]).toMatchObject({ at: '2026-11-22T09:00:00.000000000Z', stream: 'stdout', cutBytes: 0 })
})

test('what is due at a rate is what time has passed for, less what was sent', () => {
  expect(linesDue({ perSecond: 50_000, elapsedMs: 25, sent: 1000 })).toBe(250)
  expect(linesDue({ perSecond: 50_000, elapsedMs: 10, sent: 1000 })).toBe(0)
})
