import { memo } from 'react'
import type { Column } from './table-model.ts'

interface TableRowProps<T> {
  row: T
  columns: readonly Column<T>[]
  id: string
  index: number
  top: number
  tone: string | undefined
  isSelected: boolean
  isActive: boolean
}

function Row<T>({ row, columns, id, index, top, tone = '', isSelected, isActive }: TableRowProps<T>) {
  return (
    <div
      id={id}
      role="row"
      // The row of headings is the first.
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={`table-row ${tone} ${isActive ? 'active' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </div>
  )
}

function Cell<T>({ column, row }: { column: Column<T>; row: T }) {
  // What changes by itself would leave a tooltip behind.
  const text = column.isLive && column.cell ? undefined : column.text(row)
  return (
    <div role="gridcell" className={`cell ${column.id}`} title={text}>
      {column.cell?.(row) ?? text}
    </div>
  )
}

/** One row of a table, at its place in the whole; drawn anew only when something of it changed. */
export const TableRow = memo(Row) as typeof Row

/** Which row something of it is in, by its place among the rows. */
export function rowIndexOf(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest('[role=row][aria-rowindex]') : null
  return row ? Number(row.getAttribute('aria-rowindex')) - 2 : undefined
}
