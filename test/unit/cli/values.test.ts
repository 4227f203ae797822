import { expect, test } from 'vitest'
import { nearest } from '#cli/usage.ts'
import { oneOf, parseSizeGiB, wholeNumber } from '#cli/values.ts'

test.for([
  ['80', 80],
  ['80G', 80],
  ['80gb', 80],
  ['80 GiB', 80],
  ['1T', 1024],
  ['4', 4],
  ['64TiB', 65_536],
] as const)('a disk size of %j is %d GiB', ([text, size]) => expect(parseSizeGiB(text)).toBe(size))

test.for(['', 'abc', '0', '3', '-5', '1.5', '80K', '80GG', '1e3', '65537', '65T', '999999999999', 'G', '٨٠'])('%j is no disk size', (text) => {
  expect(() => parseSizeGiB(text)).toThrow(expect.objectContaining({ code: 'disk.invalid-size', exitCode: 2 }))
})

test('whole numbers keep their bounds', () => {
  const parse = wholeNumber('a number', { min: 0, max: 10 })
  expect([parse('0'), parse('10')]).toEqual([0, 10])
  for (const text of ['-1', '11', '', ' 1', '1.0', 'x', '0x1', '1e1']) expect(() => parse(text)).toThrow(expect.objectContaining({ exitCode: 2 }))
})

test('a word out of a few is taken exactly', () => {
  const { parse } = oneOf('a log', { engine: '', guest: '' })
  expect(parse('guest')).toBe('guest')
  for (const text of ['Guest', 'toString', '']) expect(() => parse(text)).toThrow(/is not a log/)
})

test.for([
  ['statsu', 'status'],
  ['strat', 'start'],
  ['STOP', 'stop'],
  ['x', undefined],
  ['', undefined],
  ['frobnicate', undefined],
  ['a'.repeat(100), undefined],
] as const)('the nearest command to %j is %j', ([word, near]) => {
  expect(nearest(word, ['start', 'stop', 'status', 'restart'])).toBe(near)
})
