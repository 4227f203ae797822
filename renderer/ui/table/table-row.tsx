import type { MouseEvent } from 'react'
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
  onClick: (event: MouseEvent) => void
  onOpen: () => void
}

/** One row of a table, at its place in the whole. */
export function TableRow<T>({ row, columns, id, index, top, tone = '', isSelected, isActive, onClick, onOpen }: TableRowProps<T>) {
  return (
    <div
      id={id}
      role="row"
      // The row of headings is the first.
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={`table-row ${tone} ${isActive ? 'active' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onClick}
      onDoubleClick={onOpen}
    >
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={`cell ${column.id}`} title={column.text(row)}>
          {column.cell?.(row) ?? column.text(row)}
        </div>
      ))}
    </div>
  )
}
