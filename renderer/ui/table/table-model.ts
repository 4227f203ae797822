import type { ReactNode } from 'react'

/** One column of a table. */
export interface Column<T> {
  id: string
  header: string
  /** The cell as text: what is searched, sorted (unless `compare` says otherwise) and copied. */
  text: (row: T) => string
  /** The cell as shown; default: its text. */
  cell?: (row: T) => ReactNode
  compare?: (a: T, b: T) => number
  /** A track of CSS grid: `8rem`, `minmax(10rem, 2fr)`. */
  width: string
  /** Hidden until the user shows it. */
  isHidden?: boolean
  /** Where there is no room for all, the others go before it. */
  isKept?: boolean
  /** Its cells change while their rows stay the same: nobody searches for what is different a moment later. */
  isLive?: boolean
}

/** By which column rows are sorted. */
export interface Sort {
  column: string
  isDescending: boolean
}

/** Rows as a column sorts them; the given order stays where rows are equal. */
export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: Sort | null): readonly T[] {
  const by = columns.find(({ id }) => id === sort?.column)
  if (!by || !sort) return rows
  const compare = by.compare ?? ((a: T, b: T) => collator.compare(by.text(a), by.text(b)))
  return rows.toSorted(sort.isDescending ? (a, b) => compare(b, a) : compare)
}

const collator = new Intl.Collator(undefined, { numeric: true })

/** A click on a column's heading: ascending, then descending, then as the rows come. */
export function nextSort(sort: Sort | null, column: string): Sort | null {
  if (sort?.column !== column) return { column, isDescending: false }
  return sort.isDescending ? null : { column, isDescending: true }
}

/** Which rows are chosen: by key, so that live changes of the rows leave them alone. */
export interface Selection {
  keys: ReadonlySet<string>
  /** The row that the keyboard is on. */
  active: string | null
  /** Where a range began. */
  anchor: string | null
}

/** Nothing chosen. */
export const noSelection: Selection = { keys: new Set(), active: null, anchor: null }

/** How a row is chosen: alone, added or taken out (Ctrl), or everything from the anchor on (Shift). */
export type Choice = 'only' | 'toggle' | 'range'

/** The selection after a row was chosen. `keys` are those of the rows shown, in order. */
export function choose(selection: Selection, keys: readonly string[], { key, choice }: { key: string; choice: Choice }): Selection {
  if (choice === 'only') return { keys: new Set([key]), active: key, anchor: key }
  if (choice === 'toggle') {
    const next = new Set(selection.keys)
    if (!next.delete(key)) next.add(key)
    return { keys: next, active: key, anchor: key }
  }
  const anchor = selection.anchor ?? key
  const from = keys.indexOf(anchor)
  const to = keys.indexOf(key)
  if (from < 0 || to < 0) return choose(selection, keys, { key, choice: 'only' })
  return { keys: new Set(keys.slice(Math.min(from, to), Math.max(from, to) + 1)), active: key, anchor }
}

/** Where a key of the keyboard leads from the active row; undefined when it leads nowhere. */
export function targetOf(key: string, keys: readonly string[], { active, pageRows }: { active: string | null; pageRows: number }): string | undefined {
  const at = active === null ? -1 : keys.indexOf(active)
  const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, PageDown: at + pageRows, PageUp: at - pageRows, Home: 0, End: keys.length - 1 }
  const target = targets[key]
  return target === undefined ? undefined : keys[Math.max(0, Math.min(keys.length - 1, target))]
}

/** How far to scroll so that the row at the top of the view stays there although rows came or went above it. */
export function scrollShift(former: readonly string[], next: readonly string[], { topIndex, rowHeight }: { topIndex: number; rowHeight: number }): number {
  const anchor = former[topIndex]
  const moved = anchor === undefined || topIndex === 0 ? -1 : next.indexOf(anchor)
  return moved < 0 ? 0 : (moved - topIndex) * rowHeight
}

/** How many rows beyond those in view are kept ready: two turns of a mouse's wheel. */
const overscan = 6

/** Rows that follow each other, by their places: from the first to before the last. */
export interface RowRange {
  from: number
  to: number
}

/** Which rows a view of this height needs at this place, with so many beyond it on either side. */
export function rowsInView({ top, height, count, rowHeight, beyond = overscan }: { top: number; height: number; count: number; rowHeight: number; beyond?: number }): RowRange {
  const from = Math.max(0, Math.min(Math.floor(top / rowHeight), count) - beyond)
  return { from, to: Math.min(count, Math.ceil((top + height) / rowHeight) + beyond) }
}

/**
 * The rows as they are drawn: those that can be seen as they are now. Those beyond, which are only kept ready, stay what they were until
 * the rest has settled: a keystroke in a search need not wait for them.
 */
export function rowsDrawn<T>(rows: readonly T[], settled: readonly T[], { from, to, inView }: RowRange & { inView: RowRange }): readonly T[] {
  const drawn = rows.slice(from, to)
  return rows === settled ? drawn : drawn.map((row, offset) => (from + offset >= inView.from && from + offset < inView.to ? row : (settled[from + offset] ?? row)))
}

/** So many rows a view of this height ever needs at once. */
export function rowsAtMost({ height, rowHeight }: { height: number; rowHeight: number }): number {
  return Math.ceil(height / rowHeight) + 1 + 2 * overscan
}

/** How far to scroll so that a row is in view: not at all where it is. */
export function scrollTopFor(index: number, { top, height, rowHeight }: { top: number; height: number; rowHeight: number }): number {
  const start = index * rowHeight
  return start < top ? start : Math.max(top, start + rowHeight - height)
}
