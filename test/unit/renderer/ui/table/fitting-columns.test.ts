import { expect, test } from 'vitest'
import { fittingColumns } from '#renderer/ui/table/fitting-columns.ts'

const columns = [
  { id: 'name', width: 'minmax(10rem, 2fr)' },
  { id: 'state', width: '8rem' },
  { id: 'image', width: 'minmax(8rem, 2fr)' },
  { id: 'ports', width: 'minmax(9rem, 1.3fr)', isKept: true },
  { id: 'detail', width: 'minmax(0, 1fr)' },
  { id: 'ago', width: '8.5rem' },
]
const fitting = (widthRem: number): string => fittingColumns(columns, widthRem).map(({ id }) => id).join(' ')

test('all columns are shown where there is room, and before the width is known', () => {
  // 10 + 8 + 8 + 9 + 0 + 8.5, and one on either side of each.
  expect(fittingColumns(columns, 50.5)).toBe(columns)
  expect(fittingColumns(columns, 0)).toBe(columns)
})

test('the last go first, those that are kept after the others, and the first never', () => {
  expect(fitting(50.4)).toBe('name state image ports detail')
  expect(fitting(41)).toBe('name state image ports detail')
  expect(fitting(40.9)).toBe('name state image ports')
  expect(fitting(37)).toBe('name state ports')
  expect(fitting(30)).toBe('name ports')
  expect(fitting(20)).toBe('name')
  expect(fitting(1)).toBe('name')
})
