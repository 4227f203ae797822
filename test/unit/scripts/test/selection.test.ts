import { expect, test } from 'vitest'
import { beside, checks, filterArguments, selectChecks } from '#scripts/test/selection.ts'

const files = ['test/vm/images.test.ts', 'test/vm/streams.test.ts']

test('no word selects every check', () => {
  expect(selectChecks([])).toEqual({ checks, filters: [] })
})

test('the first word selects one check, the others filter it', () => {
  expect(selectChecks(['vm', 'C16'])).toEqual({ checks: ['vm'], filters: ['C16'] })
})

test('an unknown word is refused with the words there are', () => {
  expect(() => selectChecks(['units'])).toThrow(/no check "units": use types, lint/)
})

test('what runs beside a check comes after it, where its output is shown', () => {
  for (const check of checks) {
    const other = beside[check]
    if (other) expect(checks.indexOf(other)).toBeGreaterThan(checks.indexOf(check))
  }
})

test('a filter that names a file selects it', () => {
  expect(filterArguments(['IMAGES'], files)).toEqual(['test/vm/images.test.ts'])
})

test('another filter selects by a whole word of the title: C1 is not C16', () => {
  const [option, pattern = ''] = filterArguments(['C1', 'C20'], files)
  expect(option).toBe('--testNamePattern')
  expect(['C1 version', 'C16 build', 'C20 idle'].map((title) => new RegExp(pattern).test(title))).toEqual([true, false, true])
})
