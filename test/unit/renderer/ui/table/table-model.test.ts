import { describe, expect, test } from 'vitest'
import { choose, nextSort, noSelection, scrollShift, targetOf, viewRows, type Column } from '#renderer/ui/table/table-model.ts'

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
  test('are found by every word, in whichever column', () => {
    expect(names(viewRows(rows, columns, { filter: 'WEB 40', sort: null }))).toEqual(['web-9'])
    expect(viewRows(rows, columns, { filter: '  ', sort: null })).toBe(rows)
    expect(viewRows(rows, columns, { filter: 'nothing', sort: null })).toEqual([])
  })

  test('are sorted by text as people count, or as the column says', () => {
    expect(names(viewRows(rows, columns, { filter: '', sort: { column: 'name', isDescending: false } }))).toEqual(['db', 'web-9', 'web-10'])
    expect(names(viewRows(rows, columns, { filter: '', sort: { column: 'size', isDescending: true } }))).toEqual(['db', 'web-9', 'web-10'])
    expect(viewRows(rows, columns, { filter: '', sort: { column: 'gone', isDescending: true } })).toBe(rows)
  })

  test('10,000 of them are filtered and sorted within a frame or two', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `container-${index}`, size: (index * 7919) % 10_000 }))
    const began = performance.now()
    const found = viewRows(many, columns, { filter: '99', sort: { column: 'size', isDescending: false } })
    expect(found.length).toBeGreaterThan(500)
    // ~12 ms on a quiet machine; the limit only catches what is quadratic.
    expect(performance.now() - began).toBeLessThan(400)
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
