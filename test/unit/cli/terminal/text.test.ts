import { expect, test } from 'vitest'
import { formatBytes, formatDuration, formatSpan } from '#cli/terminal/format.ts'
import { harmless, harmlessLine } from '#base/harmless.ts'
import { styleFor } from '#cli/terminal/style.ts'
import { fitTo, padTo, widthOf, wrap } from '#cli/terminal/width.ts'

test.for([
  ['\x1b[31mred\x1b[0m', String.raw`\x1b[31mred\x1b[0m`],
  ['\x1b]0;title\x07', String.raw`\x1b]0;title\x07`],
  ['a\rb\bc', String.raw`a\rb\x08c`],
  ['line\r\nnext\ttab', 'line\nnext\ttab'],
  ['\x9b2J', String.raw`\x9b2J`],
  ['abc\u202egnp', String.raw`abc\u202egnp`],
  ['zero\u200bwidth', String.raw`zero\u200bwidth`],
  ['tag\u{e0041}', String.raw`tag\u{e0041}`],
  ['한글 é ✓ 👍', '한글 é ✓ 👍'],
] as const)('%j is shown as %j', ([text, shown]) => expect(harmless(text)).toBe(shown))

test('a megabyte of controls is made harmless quickly and stays on one line', () => {
  expect(harmlessLine('\x1b\n'.repeat(500_000))).not.toMatch(/[\x1b\n]/)
})

test('widths count what a terminal shows', () => {
  expect([widthOf('abc'), widthOf('한글'), widthOf('e\u0301'), widthOf('👍')]).toEqual([3, 4, 1, 2])
  expect(padTo('한', 4)).toBe('한  ')
  expect(fitTo('abcdef', 4)).toBe('abc…')
  expect(fitTo('한글한글', 5)).toBe('한글…')
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four'])
  expect(wrap('a\nlongerthanthat b', 5)).toEqual(['a', 'longerthanthat', 'b'])
})

test('sizes and times are read at a glance', () => {
  expect([0, 1023, 1024, 1536, 1_048_575, 123_456_789_012].map(formatBytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 MiB', '115 GiB'])
  expect([12.4, 999.6, 12_340, 59_949, 59_960, 125_000].map(formatDuration)).toEqual(['12 ms', '1.0 s', '12.3 s', '59.9 s', '1 min', '2 min 5 s'])
  const at = (ms: number): string | undefined => formatSpan(new Date(0), new Date(ms))
  expect([at(-5), at(1000), at(40_000), at(60_000), at(7_200_000), at(200_000_000)]).toEqual([undefined, undefined, '40 seconds', '1 minute', '2 hours', '2 days'])
})

test.for([
  [{ isTTY: true, env: {} }, true],
  [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
  [{ isTTY: true, env: { NO_COLOR: '' } }, true],
  [{ isTTY: true, env: { TERM: 'dumb' } }, false],
  [{ isTTY: false, env: { FORCE_COLOR: '1' } }, false],
] as const)('with %j colours are %j', ([source, hasColor]) => {
  expect(styleFor({ ...source, platform: 'linux' }).red('x') !== 'x').toBe(hasColor)
})
