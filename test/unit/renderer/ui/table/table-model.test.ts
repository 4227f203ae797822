import { describe, expect, test } from 'vitest'
import { choose, nextSort, noSelection, rowsAtMost, rowsDrawn, rowsInView, scrollShift, scrollTopFor, sortRows, targetOf, type Column } from '#renderer/ui/table/table-model.ts'

interface Row {
  name: string
  size: number
}

const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', text: ({ name }) => name, width: '1fr' },
  { id: 'size', header: 'Size', text: ({ size }) => `${size} MiB`, compare: (a, b) => a.size - b.size, width: '5rem' },
]
const rows: Row[] = [
  { name: 'web-10', size: 5 },
  { name: 'web-9', size: 40 },
  { name: 'db', size: 300 },
]
const names = (view: readonly Row[]): string[] => view.map(({ name }) => name)

describe('rows', () => {
  const sort = (column: string, isDescending: boolean) => sortRows(rows, columns, { column, isDescending })

  test('are sorted by text as people count, or as the column says', () => {
    expect(names(sort('name', false))).toEqual(['db', 'web-9', 'web-10'])
    expect(names(sort('size', true))).toEqual(['db', 'web-9', 'web-10'])
    expect(sort('gone', true)).toBe(rows)
    expect(sortRows(rows, columns, null)).toBe(rows)
  })
})

test('a heading sorts up, then down, then not at all', () => {
  const up = nextSort(null, 'name')
  const down = nextSort(up, 'name')
  expect([up, down, nextSort(down, 'name'), nextSort(down, 'size')]).toEqual([
    { column: 'name', isDescending: false },
    { column: 'name', isDescending: true },
    null,
    { column: 'size', isDescending: false },
  ])
})

describe('selection', () => {
  const keys = ['a', 'b', 'c', 'd']
  const pick = (selection: typeof noSelection, key: string, choice: 'only' | 'toggle' | 'range') => choose(selection, keys, { key, choice })

  test('is one row, several with Ctrl, everything between with Shift in either direction', () => {
    const b = pick(noSelection, 'b', 'only')
    expect([...pick(b, 'd', 'toggle').keys]).toEqual(['b', 'd'])
    expect([...pick(pick(b, 'd', 'toggle'), 'b', 'toggle').keys]).toEqual(['d'])
    expect([...pick(b, 'd', 'range').keys]).toEqual(['b', 'c', 'd'])
    expect([...pick(pick(b, 'd', 'range'), 'a', 'range').keys]).toEqual(['a', 'b'])
  })

  test('survives that its anchor is gone', () => {
    const gone = { keys: new Set(['x']), active: 'x', anchor: 'x' }
    expect([...pick(gone, 'c', 'range').keys]).toEqual(['c'])
  })
})

describe('the keyboard', () => {
  const keys = ['a', 'b', 'c', 'd', 'e']
  const to = (key: string, active: string | null): string | undefined => targetOf(key, keys, { active, pageRows: 2 })

  test('moves by row, page and end, and stays within', () => {
    expect(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'].map((key) => to(key, 'c'))).toEqual(['d', 'b', 'e', 'a', 'a', 'e'])
    expect([to('ArrowDown', 'e'), to('ArrowUp', 'a'), to('ArrowDown', null), to('ArrowUp', null)]).toEqual(['e', 'a', 'a', 'a'])
  })

  test('begins anew when its row is gone, and leaves other keys alone', () => {
    expect(to('ArrowDown', 'gone')).toBe('a')
    expect(to('x', 'a')).toBeUndefined()
    expect(targetOf('End', [], { active: null, pageRows: 2 })).toBeUndefined()
  })
})

test('what is in view stays in view when rows come or go above it', () => {
  const shift = (former: string[], next: string[], topIndex: number): number => scrollShift(former, next, { topIndex, rowHeight: 30 })
  expect(shift(['c', 'd', 'e'], ['a', 'b', 'c', 'd', 'e'], 1)).toBe(60)
  expect(shift(['a', 'b', 'c'], ['b', 'c'], 2)).toBe(-30)
  // At the very top one wants to see what is new; a row that is gone leads nowhere.
  expect(shift(['c', 'd'], ['a', 'c', 'd'], 0)).toBe(0)
  expect(shift(['a', 'b'], ['a'], 1)).toBe(0)
})

test('only the rows in view and some beyond exist, however many there are', () => {
  const view = { height: 200, rowHeight: 20 }
  expect(rowsInView({ ...view, top: 0, count: 5000 })).toEqual({ from: 0, to: 16 })
  expect(rowsInView({ ...view, top: 1010, count: 5000 })).toEqual({ from: 44, to: 67 })
  expect(rowsInView({ ...view, top: 1010, count: 3 })).toEqual({ from: 0, to: 3 })
  expect(rowsInView({ ...view, top: 1010, count: 5000, beyond: 0 })).toEqual({ from: 50, to: 61 })
  expect(rowsInView({ ...view, top: 0, count: 0 })).toEqual({ from: 0, to: 0 })
})

test('wherever a view is scrolled to, it has no more rows than it has places for them', () => {
  for (const height of [0, 7, 200, 613]) {
    const most = rowsAtMost({ height, rowHeight: 37 })
    const counts = Array.from({ length: 200 }, (_, step) => rowsInView({ top: step * 9.5, height, count: 5000, rowHeight: 37 })).map(({ from, to }) => to - from)
    expect(Math.max(...counts)).toBeLessThanOrEqual(most)
  }
})

test('a row is scrolled into view from above and from below, and not where it is in view', () => {
  const view = { top: 100, height: 200, rowHeight: 20 }
  expect([3, 5, 10, 14, 15, 99].map((index) => scrollTopFor(index, view))).toEqual([60, 100, 100, 100, 120, 1800])
})

test('rows that can be seen are drawn as they are now, those beyond as they were until the rest has settled', () => {
  const range = { from: 0, to: 6, inView: { from: 1, to: 4 } }
  const former = ['a', 'b', 'c', 'd', 'e', 'f']
  const next = ['A', 'B', 'C', 'D', 'E', 'F']
  expect(rowsDrawn(next, former, range)).toEqual(['a', 'B', 'C', 'D', 'e', 'f'])
  expect(rowsDrawn(next, next, range)).toEqual(next)
  // More rows than there were, and fewer.
  expect(rowsDrawn(next, ['a', 'b'], range)).toEqual(['a', 'B', 'C', 'D', 'E', 'F'])
  expect(rowsDrawn(['A', 'B'], former, { ...range, to: 2 })).toEqual(['a', 'B'])
})
