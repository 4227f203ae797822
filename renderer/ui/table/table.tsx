import { useVirtualizer } from '@tanstack/react-virtual'
import { useId, useMemo, useRef, useState, type CSSProperties, type MouseEvent, type ReactNode } from 'react'
import { useRowHeight } from './row-height.ts'
import { TableHeader } from './table-header.tsx'
import { TableRow } from './table-row.tsx'
import type { Column, Sort } from './table-model.ts'
import { useAnchoredScroll, useViewRows } from './use-rows.ts'
import { useSelection } from './use-selection.ts'

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
  initialSort?: Sort
  /** Shows the end and stays there. */
  isFollowing?: boolean
  onScrollAway?: () => void
  /** Enter or a double click on a row. */
  onOpen?: (row: T) => void
  onSelect?: (rows: readonly T[]) => void
  /** What is shown instead of rows when there are none. */
  empty: ReactNode
}

/** How many rows beyond those in view are kept ready. */
const overscan = 12
/** Keys that lead towards the end, which a table that follows shows anyway. */
const endwards = ['ArrowDown', 'PageDown', 'End']

/** A table of any number of rows: only those in view exist. Arrows, Page, Home and End move; Shift and Ctrl choose several. */
export function Table<T>(props: TableProps<T>) {
  const { rows, columns, rowKey, filter = '', isFollowing = false } = props
  const [scroller, id, rowHeight] = [useRef<HTMLDivElement>(null), useId(), useRowHeight()]
  const [sort, setSort] = useState(props.initialSort ?? null)
  const shown = useMemo(() => columns.filter((column) => !props.hidden?.has(column.id)), [columns, props.hidden])
  const view = useViewRows(rows, columns, { filter, sort })
  const keys = useMemo(() => view.map(rowKey), [view, rowKey])
  // oxlint-disable-next-line react/incompatible-library -- it changes in place, which only the React compiler could not bear
  const virtual = useVirtualizer({ count: view.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan })
  useAnchoredScroll(keys, { scroller, rowHeight, isFollowing })
  const selection = useSelection({
    keys,
    pageRows: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
    onSelect: (chosen) => props.onSelect?.(view.filter((row) => chosen.has(rowKey(row)))),
    onOpen: (index) => props.onOpen?.(view[index]!),
    onMove: (index, key) => {
      virtual.scrollToIndex(index)
      if (!endwards.includes(key)) props.onScrollAway?.()
    },
  })
  const items = virtual.getVirtualItems()
  const activeId = items.some(({ index }) => keys[index] === selection.active) ? `${id}-${selection.active}` : undefined
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
    >
      <TableHeader columns={shown} sort={sort} onSort={setSort} />
      <div role="rowgroup" className="table-body" style={{ height: virtual.getTotalSize() }}>
        {view.length === 0 && <EmptyRow>{props.empty}</EmptyRow>}
        {items.map(({ index, start }) => {
          const key = keys[index]!
          const state = { isSelected: selection.keys.has(key), isActive: key === selection.active }
          const row = view[index]!
          const actions = { onClick: (event: MouseEvent) => selection.onClick(event, key), onOpen: () => props.onOpen?.(row) }
          return <TableRow key={key} {...{ id: `${id}-${key}`, row, columns: shown, index, top: start, tone: props.rowTone?.(row) }} {...state} {...actions} />
        })}
      </div>
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
