import { expect, test } from 'vitest'
import { isPlainJson } from '#engine/server/plain-json.ts'

test('what JSON says whole is plain', () => {
  for (const value of [null, true, '', 'text', 0, -1.5, [], {}, [1, ['a', { b: null }]], Object.assign(Object.create(null) as object, { a: 1 })]) {
    expect(isPlainJson(value)).toBe(true)
    expect(JSON.parse(JSON.stringify(value))).toEqual(value)
  }
})

test.each([
  ['undefined', undefined],
  ['not a number', Number.NaN],
  ['endless', Infinity],
  ['a big integer', 1n],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['a set', new Set()],
  ['bytes', new Uint8Array(1)],
  ['a function', () => 1],
  ['an instance', new (class Thing {})()],
  ['another prototype as a name', JSON.parse('{"__proto__": {"a": 1}}')],
])('%s is not, wherever it stands', (_, value: unknown) => {
  expect(isPlainJson(value)).toBe(false)
  expect(isPlainJson({ list: [1, { value }] })).toBe(false)
})
