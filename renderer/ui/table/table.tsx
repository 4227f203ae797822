import { useCallback, useDeferredValue, useId, useMemo, useRef, useState, type CSSProperties, type MouseEvent, type PointerEvent, type ReactNode } from 'react'
import { useRowHeight } from './row-height.ts'
import { TableHeader } from './table-header.tsx'
import { rowIndexOf, showCellText, TableRow } from './table-row.tsx'
import { rowsDrawn, type Column, type RowRange, type Sort } from './table-model.ts'
import { useFittingColumns } from './use-fitting-columns.ts'
import { useAnchoredScroll, useToldLater, useViewRows } from './use-rows.ts'
import { useSelection, type RowSelection } from './use-selection.ts'
import { useWindow } from './use-window.ts'

/** What a table shows. */
export interface TableProps<T> {
  /** What the rows are, for screen readers. */
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  hidden?: ReadonlySet<string>
  rowKey: (row: T) => string
  rowTone?: (row: T) => string | undefined
  filter?: string
  initialSort?: Sort | null
  onSort?: (sort: Sort | null) => void
  /** How far it is scrolled at first, in pixels. */
  initialTop?: number
  onScroll?: (top: number) => void
  /** Shows the end and stays there. */
  isFollowing?: boolean
  onScrollAway?: () => void
  /** Enter or a double click on a row. */
  onOpen?: (row: T) => void
  onSelect?: (rows: readonly T[]) => void
  /** How many rows the filter leaves, said when that has settled. */
  onCount?: (count: number) => void
  /** Headings of the columns for which there is no room. */
  onLeaveOut?: (headers: readonly string[]) => void
  /** Delete or Backspace with rows chosen. */
  onDelete?: (keys: ReadonlySet<string>) => void
  /** What is shown instead of rows when there are none. */
  empty: ReactNode
}

/** Keys that lead towards the end, which a table that follows shows anyway. */
const endwards = ['ArrowDown', 'PageDown', 'End']

/** A table of any number of rows: only those in view exist. Arrows, Page, Home and End move; Shift and Ctrl choose several. */
export function Table<T>(props: TableProps<T>) {
  const { rows, columns, rowKey, filter = '', isFollowing = false, onSort, onCount } = props
  const [scroller, id, rowHeight] = [useRef<HTMLDivElement>(null), useId(), useRowHeight()]
  const [sort, setSort] = useState(props.initialSort ?? null)
  const view = useViewRows(rows, columns, { filter, sort })
  const keys = useMemo(() => view.map(rowKey), [view, rowKey])
  useToldLater(view.length, onCount)
  const { isAtTop, from, to, inView, slots, height, widthRem, scrollToIndex } = useWindow(scroller, { count: view.length, rowHeight, initialTop: props.initialTop ?? 0 })
  const shown = useFittingColumns(columns, { hidden: props.hidden, widthRem, onLeaveOut: props.onLeaveOut })
  useAnchoredScroll(keys, { scroller, rowHeight, isAtTop, isFollowing })
  const selection = useSelection({
    keys,
    pageRows: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
    onSelect: (chosen) => props.onSelect?.(view.filter((row) => chosen.has(rowKey(row)))),
    onOpen: (index) => props.onOpen?.(view[index]!),
    onDelete: (chosen) => props.onDelete?.(chosen),
    onMove: (index, key) => {
      scrollToIndex(index)
      if (!endwards.includes(key)) props.onScrollAway?.()
    },
  })
  const sortBy = useCallback((next: Sort | null): void => (setSort(next), onSort?.(next)), [onSort])
  const activeId = selection.active !== null && keys.slice(from, to).includes(selection.active) ? `${id}-${selection.active}` : undefined
  const style = { '--tracks': shown.map(({ width }) => width).join(' '), '--row-height': `${rowHeight}px` } as CSSProperties
  return (
    <div
      ref={scroller}
      className="table"
      style={style}
      role="grid"
      aria-label={props.label}
      aria-rowcount={view.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={activeId}
      tabIndex={0}
      onKeyDown={selection.onKeyDown}
      onWheel={(event) => event.deltaY < 0 && props.onScrollAway?.()}
      onScroll={(event) => props.onScroll?.(event.currentTarget.scrollTop)}
    >
      <TableHeader columns={shown} sort={sort} onSort={sortBy} />
      <TableBody {...{ id, table: props, view, from, to, inView, slots, height, rowHeight, shown, selection }} />
    </div>
  )
}

interface BodyProps<T> {
  id: string
  table: TableProps<T>
  view: readonly T[]
  /** The rows that are there, from the first to before the last. */
  from: number
  to: number
  /** Those of them that can be seen. */
  inView: RowRange
  /** No more than these are there at once. */
  slots: number
  rowHeight: number
  shown: readonly Column<T>[]
  selection: RowSelection
  height: number
}

/** The rows in view, each at its place in the whole. */
function TableBody<T>({ id, table, view, from, to, inView, slots, rowHeight, shown, selection, height }: BodyProps<T>) {
  const settled = useDeferredValue(view)
  // Heard here for all of them: rows that get nothing new need not be drawn anew.
  const onClick = (event: MouseEvent): void => {
    const row = view[rowIndexOf(event.target) ?? -1]
    if (row !== undefined) selection.onClick(event, table.rowKey(row))
  }
  const onDoubleClick = (event: MouseEvent): void => {
    const row = view[rowIndexOf(event.target) ?? -1]
    if (row !== undefined) table.onOpen?.(row)
  }
  const onPointerOver = ({ target }: PointerEvent): void => showCellText(target, view[rowIndexOf(target) ?? -1], shown)
  return (
    <div role="rowgroup" className="table-body" style={{ height }} onClick={onClick} onDoubleClick={onDoubleClick} onPointerOver={onPointerOver}>
      {view.length === 0 && <EmptyRow>{table.empty}</EmptyRow>}
      {rowsDrawn(view, settled, { from, to, inView }).map((row, offset) => {
        const index = from + offset
        const key = table.rowKey(row)
        const state = { isSelected: selection.keys.has(key), isActive: key === selection.active }
        // By its place, not by what it shows: another search fills the elements that are there, at half of what making others costs.
        return <TableRow key={index % slots} {...{ id: `${id}-${key}`, row, columns: shown, index, top: index * rowHeight, tone: table.rowTone?.(row) }} {...state} />
      })}
    </div>
  )
}

function EmptyRow({ children }: { children: ReactNode }) {
  return (
    <div role="row" className="table-empty">
      <div role="gridcell">{children}</div>
    </div>
  )
}
