import { harmlessLine } from '#base/harmless.ts'
import type { Terminal } from './terminal.ts'
import { fitTo, padTo, widthOf } from './width.ts'

/** Rows under headings; on a terminal the last column is cut so that each row stays one line. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[], terminal: Terminal): string[] {
  const cells = [headings, ...rows].map((row) => row.map(harmlessLine))
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))))
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const room = terminal.isTTY ? Math.max(12, terminal.columns - before) : Infinity
  return cells.map((row, index) => {
    const text = row.map((cell, column) => (column === row.length - 1 ? fitTo(cell, room) : padTo(cell, (widths[column] ?? 0) + 2))).join('')
    return index === 0 ? terminal.style.dim(text.trimEnd()) : text.trimEnd()
  })
}

/** Labels with their values, aligned; a value with several lines goes on under itself. */
export function formatFields(fields: readonly (readonly [label: string, value: string])[], terminal: Terminal): string[] {
  const width = Math.max(0, ...fields.map(([label]) => widthOf(label))) + 2
  return fields.flatMap(([label, value]) =>
    value.split('\n').map((line, index) => `${terminal.style.dim(padTo(index === 0 ? label : '', width))}${line}`),
  )
}
