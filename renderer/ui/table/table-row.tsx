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
        <div key={column.id} role="gridcell" className={`cell ${column.id}`}>
          {column.cell?.(row) ?? column.text(row)}
        </div>
      ))}
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

/**
 * Gives the cell under the pointer its text as a tooltip, where it cannot be read whole. Not as they are drawn: two hundred tooltips
 * that nobody sees would be a third of what another search costs.
 */
export function showCellText<T>(target: EventTarget, row: T | undefined, columns: readonly Column<T>[]): void {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[role=gridcell]') : null
  const column = columns[cell?.parentElement ? [...cell.parentElement.children].indexOf(cell) : -1]
  if (!cell || !column || row === undefined) return
  // What changes by itself would leave a tooltip behind.
  cell.title = column.isLive && column.cell ? '' : column.text(row)
}
