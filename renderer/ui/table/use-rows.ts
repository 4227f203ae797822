import { useLayoutEffect, useMemo, useRef, type RefObject } from 'react'
import { scrollShift, viewRows, type Column, type View } from './table-model.ts'

/** Filters and sorts rows, only anew when something of it changed. */
export function useViewRows<T>(rows: readonly T[], columns: readonly Column<T>[], { filter, sort }: View): readonly T[] {
  return useMemo(() => viewRows(rows, columns, { filter, sort }), [rows, columns, filter, sort])
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
    else if (before !== keys) element.scrollBy({ top: scrollShift(before, keys, { topIndex: Math.floor(element.scrollTop / rowHeight), rowHeight }) })
  }, [keys, isFollowing, rowHeight, scroller])
}
