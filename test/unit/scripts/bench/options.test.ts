import { describe, expect, test } from 'vitest'
import { readOptions, sectionNames } from '#scripts/bench/options.ts'

describe('options', () => {
  test('nothing means everything, five times', () => {
    expect(readOptions([])).toEqual({ json: undefined, runs: 5, only: sectionNames, isQuick: false })
  })

  test('quick means once, unless told how often', () => {
    expect(readOptions(['--quick']).runs).toBe(1)
    expect(readOptions(['--quick', '--runs', '2']).runs).toBe(2)
  })

  test('sections are named with commas', () => {
    expect(readOptions(['--only', 'idle,tunnel', '--json', 'x.json'])).toMatchObject({ only: ['idle', 'tunnel'], json: 'x.json' })
  })

  test.each([[['--only', 'speed']], [['--runs', '0']], [['--runs', 'many']], [['--fast']]])('%j is refused', (words) => {
    expect(() => readOptions(words)).toThrow(Error)
  })
})
