import { expect, test } from 'vitest'
import type { ContainerLine } from '#contract/container-log.ts'
import { LogBuffer } from '#renderer/parts/log-view/log-buffer.ts'
import { LogMatches } from '#renderer/parts/log-view/log-matches.ts'

const line = (text: string, stream: 'stdout' | 'stderr' = 'stdout'): ContainerLine => ({ at: '2026-01-01T00:00:00Z', stream, text, cutBytes: 0, container: '' })
const lines = (count: number, from = 0): ContainerLine[] => Array.from({ length: count }, (_, index) => line(`line ${from + index}`, index % 2 ? 'stderr' : 'stdout'))

test('lines keep their numbers while the oldest go', () => {
  const buffer = new LogBuffer({ lines: 10_000, characters: 10_000_000 })
  for (let from = 0; from < 50_000; from += 1000) buffer.append(lines(1000, from))
  expect(buffer.next).toBe(50_000)
  expect(buffer.size).toBeLessThanOrEqual(10_000)
  expect(buffer.size).toBeGreaterThan(5_000)
  expect(buffer.line(buffer.first)?.text).toBe(`line ${buffer.first}`)
  expect(buffer.line(49_999)?.text).toBe('line 49999')
  expect(buffer.line(buffer.first - 1)).toBeUndefined()
})

test('long lines count by their length', () => {
  const buffer = new LogBuffer({ lines: 1_000_000, characters: 5_000_000 })
  for (let round = 0; round < 20; round++) buffer.append(Array.from({ length: 1000 }, () => line('x'.repeat(1000))))
  expect(buffer.size * 1000).toBeLessThanOrEqual(9_200_000)
  buffer.clear()
  expect([buffer.size, buffer.next]).toEqual([0, 20_000])
})

test('a filter finds lines bit by bit and forgets those that are gone', () => {
  const buffer = new LogBuffer({ lines: 8192, characters: 10_000_000 })
  buffer.append(lines(8000))
  const matches = new LogMatches(buffer, { pattern: /7$/, stream: 'both' })
  matches.scan(4000)
  expect([matches.count, matches.isBehind]).toEqual([400, true])
  matches.scan(10_000)
  expect([matches.count, matches.isBehind, matches.dropped]).toEqual([800, false, 0])
  buffer.append(lines(8000, 8000))
  matches.scan(100_000)
  expect(matches.numberAt(0)).toBeGreaterThanOrEqual(buffer.first)
  expect(matches.dropped).toBeGreaterThan(0)
  expect(buffer.line(matches.numberAt(matches.count - 1))?.text).toBe('line 15997')
})

test('streams are told apart, colours are not searched, and without a filter everything counts', () => {
  const buffer = new LogBuffer({ lines: 100, characters: 1000 })
  buffer.append([line('\u001b[31mre\u001b[0md'), line('red', 'stderr')])
  const found = (pattern: RegExp | undefined, stream: 'both' | 'stdout' | 'stderr'): number => {
    const matches = new LogMatches(buffer, { pattern, stream })
    matches.scan(100)
    return matches.count
  }
  expect([found(/red/, 'both'), found(undefined, 'stderr'), found(/red/, 'stdout'), found(undefined, 'both')]).toEqual([2, 1, 1, 2])
})
