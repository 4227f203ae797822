import { describe, expect, test } from 'vitest'
import { figure } from '#scripts/bench/figure.ts'
import { compare, figureTable, formatNumber, formatRuns, layOut } from '#scripts/bench/table.ts'

describe('numbers', () => {
  test.each([[0.4219, '0.42'], [8.314, '8.31'], [9.999, '10.0'], [12.34, '12.3'], [99.96, '100'], [1234.5, '1235'], [0, '0']])('%d is written %s', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })

  test('runs are a median with its spread, a single run only itself', () => {
    expect(formatRuns([1, 2, 4], 'ms')).toBe('2.00 ms (1.00–4.00)')
    expect(formatRuns([101.2], 'MB')).toBe('101 MB')
  })

  test('what is counted has no unit', () => {
    expect(formatRuns([0, 3, 12], 'count')).toBe('3 (0–12)')
  })

  test('long times are told in seconds, spread included', () => {
    expect(formatRuns([9000, 12_000, 13_500], 'ms')).toBe('12.0 s (9.00–13.5)')
  })
})

describe('comparison', () => {
  test('less is better for times, more for rates', () => {
    expect(compare(10, 60, 'lower')).toBe('6.00× better')
    expect(compare(10, 60, 'higher')).toBe('6.00× worse')
    expect(compare(60, 10, 'higher')).toBe('6.00× better')
  })

  test('a difference of less than a twentieth is none', () => {
    expect(compare(100, 103, 'lower')).toBe('the same')
  })

  test('nothing is compared with nothing', () => {
    expect(compare(0, 3, 'lower')).toBe('')
  })
})

describe('table', () => {
  test('columns are as wide as their widest cell', () => {
    expect(layOut([['a', 'bb'], ['ccc', 'd']])).toEqual(['a    bb', '───  ──', 'ccc  d'])
  })

  test('a figure takes a line, and one more for each further reference', () => {
    const one = figure({ name: 'x.y', label: 'bulk', unit: 'MB/s', better: 'higher' }, [20, 40], { 'ssh -L': [15], other: [60] })
    const lines = figureTable([one]).slice(2)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^bulk +30\.0 MB\/s \(20\.0–40\.0\) +2 +ssh -L +15\.0 MB\/s +2\.00× better$/)
    expect(lines[1]).toMatch(/^ +other +60\.0 MB\/s +2\.00× worse$/)
  })

  test('a reference without runs is left out', () => {
    expect(figure({ name: 'x.y', label: 'x', unit: 'ms' }, [1], { none: [] }).references).toEqual([])
  })
})
