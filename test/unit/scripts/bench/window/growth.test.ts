import { expect, test } from 'vitest'
import { type Figure, figure } from '#scripts/bench/figure.ts'
import { withSizes } from '#scripts/bench/window/growth.ts'

const measured = (run: number, note = ''): Figure => figure({ name: 'window.search', label: 'search', unit: 'ms', note }, [run])

test('each size is a figure of its own, from the smallest on; the largest says what it grew by', () => {
  const [small, large] = withSizes([{ size: 5000, figure: measured(12, 'by key') }, { size: 100, figure: measured(8, 'by key') }])
  expect(small).toMatchObject({ name: 'window.search.100', label: 'search, 100' })
  expect(small).not.toHaveProperty('note')
  expect(large).toMatchObject({ name: 'window.search.5000', label: 'search, 5,000', note: 'by key; 1.50 times as much with 50.0 times the containers' })
})

test('what was nothing at first, or measured at one size alone, did not grow by any factor', () => {
  expect(withSizes([{ size: 100, figure: measured(0, 'n') }, { size: 5000, figure: measured(3, 'n') }])[1]?.note).toBe('n')
  expect(withSizes([{ size: 100, figure: measured(1, 'n') }])[0]?.note).toBe('n')
})
