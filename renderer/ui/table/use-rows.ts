import { useEffect, useLayoutEffect, useMemo, useRef, type RefObject } from 'react'
import { scrollShift, sortRows, type Column, type Sort } from './table-model.ts'
import { RowSearch, rowTexts } from './table-search.ts'

/** What of the rows is shown, in which order. */
interface View {
  filter: string
  sort: Sort | null
}

/** Filters and sorts rows, each only anew when something of it changed. */
export function useViewRows<T>(rows: readonly T[], columns: readonly Column<T>[], { filter, sort }: View): readonly T[] {
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort])
  const textOf = useMemo(() => rowTexts(columns), [columns])
  const search = useMemo(() => new RowSearch(sorted, textOf), [sorted, textOf])
  useTextsAhead(search)
  return useMemo(() => search.find(filter), [search, filter])
}

/** Puts the texts of rows together while nothing else is to be done, so that the first keystroke finds them. */
function useTextsAhead<T>(search: RowSearch<T>): void {
  useEffect(() => {
    const go = (deadline: IdleDeadline): void => {
      let isLeft = true
      while (isLeft && deadline.timeRemaining() > 1) isLeft = search.readAhead()
      if (isLeft) waiting = requestIdleCallback(go)
    }
    let waiting = requestIdleCallback(go)
    return () => cancelIdleCallback(waiting)
  }, [search])
}

/** So long after the last key a count is told. */
const settleMs = 150

/** Tells a count once it has settled: it is read out, which no one wants at each key, and to show it then would be a fifth of a key's cost. */
export function useToldLater(count: number, tell: ((count: number) => void) | undefined): void {
  useEffect(() => {
    if (!tell) return
    const timer = setTimeout(() => tell(count), settleMs)
    return () => clearTimeout(timer)
  }, [count, tell])
}

interface Anchoring {
  scroller: RefObject<HTMLElement | null>
  rowHeight: number
  /** As far as is known without asking the browser, which would lay everything out to say it. */
  isAtTop: boolean
  /** The end stays in view as rows are added, unless the user scrolled away from it. */
  isFollowing: boolean
}

/** Keeps what is in view in view while rows come and go. */
export function useAnchoredScroll(keys: readonly string[], { scroller, rowHeight, isAtTop, isFollowing }: Anchoring): void {
  const former = useRef(keys)
  useLayoutEffect(() => {
    const element = scroller.current
    const before = former.current
    former.current = keys
    if (!element) return
    if (isFollowing) element.scrollTo({ top: element.scrollHeight })
    else if (before !== keys && !isAtTop) {
      const top = scrollShift(before, keys, { topIndex: Math.floor(element.scrollTop / rowHeight), rowHeight })
      if (top !== 0) element.scrollBy({ top })
    }
    // oxlint-disable-next-line react/exhaustive-deps -- to be scrolled away from the top changes no row
  }, [keys, isFollowing, rowHeight, scroller])
}
