import { describe, expect, test } from 'vitest'
import type { Column } from '#renderer/ui/table/table-model.ts'
import { RowSearch, rowTexts } from '#renderer/ui/table/table-search.ts'

interface Row {
  name: string
  size: number
}

const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', text: ({ name }) => name, width: '1fr' },
  { id: 'size', header: 'Size', text: ({ size }) => `${size} MiB`, width: '5rem' },
]
const rows: Row[] = [
  { name: 'web-10', size: 5 },
  { name: 'web-9', size: 40 },
  { name: 'db', size: 300 },
]
const names = (view: readonly Row[]): string[] => view.map(({ name }) => name)

describe('a search', () => {
  test('finds rows by every word, in whichever column', () => {
    const search = new RowSearch(rows, rowTexts(columns))
    expect(names(search.find('WEB 40'))).toEqual(['web-9'])
    expect(search.find('  ')).toBe(rows)
    expect(search.find('nothing')).toEqual([])
  })

  test('finds the same whichever way the text came about: typed on, taken back, replaced', () => {
    const search = new RowSearch(rows, rowTexts(columns))
    const texts = ['w', 'we', 'web', 'web 4', 'web 40', 'web 4', 'we', 'd', 'db', 'db 3', 'mib', 'mib w', '', 'b', 'B 9', 'B']
    for (const text of texts) expect(names(search.find(text)), text).toEqual(names(new RowSearch(rows, rowTexts(columns)).find(text)))
  })

  test('tells by the very list that a key took no row away', () => {
    const search = new RowSearch(rows, rowTexts(columns))
    expect(search.find('m')).toBe(rows)
    const found = search.find('web')
    expect(names(found)).toEqual(['web-10', 'web-9'])
    expect(search.find('web-')).toBe(found)
  })

  test('writes rows out once each, however often one searches, and anew when they changed', () => {
    const written: string[] = []
    const noted: Column<Row>[] = [{ id: 'name', header: 'Name', text: ({ name }) => (written.push(name), name), width: '1fr' }]
    const textOf = rowTexts(noted)
    const search = new RowSearch(rows, textOf)
    for (const filter of ['w', 'we', 'web', 'web-9']) search.find(filter)
    expect(written).toEqual(['web-10', 'web-9', 'db'])
    const next = rows.map((row) => (row.name === 'db' ? { ...row, name: 'web-db' } : row))
    expect(names(new RowSearch(next, textOf).find('web'))).toEqual(['web-10', 'web-9', 'web-db'])
    expect(written).toEqual(['web-10', 'web-9', 'db', 'web-db'])
  })

  test('leaves out what changes by itself', () => {
    const live: Column<Row>[] = [...columns, { id: 'cpu', header: 'CPU', text: () => '7 %', width: '1fr', isLive: true }]
    expect(new RowSearch(rows, rowTexts(live)).find('7 %')).toEqual([])
  })

  test('writes rows out ahead a few at a time, until all are', () => {
    const many = Array.from({ length: 120 }, (_, size) => ({ name: `n${size}`, size }))
    let written = 0
    const search = new RowSearch(many, ({ name }) => (written++, name))
    expect(search.readAhead()).toBe(true)
    expect(written).toBe(50)
    while (search.readAhead()) continue
    expect(names(search.find('n119'))).toEqual(['n119'])
    expect(written).toBe(120)
  })
})
