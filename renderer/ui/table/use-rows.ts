import { useEffect, useLayoutEffect, useMemo, useRef, type RefObject } from 'react'
import { filterRows, rowTexts, scrollShift, sortRows, type Column, type RowText, type Sort } from './table-model.ts'

/** What of the rows is shown, in which order. */
interface View {
  filter: string
  sort: Sort | null
}

/** Filters and sorts rows, each only anew when something of it changed. */
export function useViewRows<T>(rows: readonly T[], columns: readonly Column<T>[], { filter, sort }: View): readonly T[] {
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort])
  const textOf = useMemo(() => rowTexts(columns), [columns])
  useTextsAhead(rows, textOf)
  return useMemo(() => filterRows(sorted, filter, textOf), [sorted, filter, textOf])
}

/** Puts the texts of rows together while nothing else is to be done, so that the first keystroke finds them. */
function useTextsAhead<T>(rows: readonly T[], textOf: RowText<T>): void {
  useEffect(() => {
    let at = 0
    const go = (deadline: IdleDeadline): void => {
      while (at < rows.length && deadline.timeRemaining() > 1) for (const end = Math.min(at + 50, rows.length); at < end; at++) textOf(rows[at]!)
      if (at < rows.length) waiting = requestIdleCallback(go)
    }
    let waiting = requestIdleCallback(go)
    return () => cancelIdleCallback(waiting)
  }, [rows, textOf])
}

interface Anchoring {
  scroller: RefObject<HTMLElement | null>
  rowHeight: number
  /** The end stays in view as rows are added, unless the user scrolled away from it. */
  isFollowing: boolean
}

/** Keeps what is in view in view while rows come and go. */
export function useAnchoredScroll(keys: readonly string[], { scroller, rowHeight, isFollowing }: Anchoring): void {
  const former = useRef(keys)
  useLayoutEffect(() => {
    const element = scroller.current
    const before = former.current
    former.current = keys
    if (!element) return
    if (isFollowing) element.scrollTo({ top: element.scrollHeight })
    else if (before !== keys) {
      const top = scrollShift(before, keys, { topIndex: Math.floor(element.scrollTop / rowHeight), rowHeight })
      if (top !== 0) element.scrollBy({ top })
    }
  }, [keys, isFollowing, rowHeight, scroller])
}
