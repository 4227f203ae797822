import { useLayoutEffect, useState, type RefObject } from 'react'
import { inRem } from './row-height.ts'
import { rowsAtMost, rowsInView, scrollTopFor } from './table-model.ts'

interface WindowOptions {
  count: number
  rowHeight: number
  /** How far it is scrolled at first, in pixels. */
  initialTop: number
}

/** The rows that a scrolling table has to hold. Rows have one height, so where each is follows from its number, however many there are. */
export function useWindow(scroller: RefObject<HTMLElement | null>, { count, rowHeight, initialTop }: WindowOptions) {
  const [view, setView] = useState({ top: initialTop, height: 0, width: 0 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    if (initialTop > 0) element.scrollTo({ top: initialTop })
    const update = (): void => setView((former) => {
      const next = { top: element.scrollTop, height: element.clientHeight, width: element.clientWidth }
      return former.top === next.top && former.height === next.height && former.width === next.width ? former : next
    })
    update()
    const observer = new ResizeObserver(update)
    observer.observe(element)
    element.addEventListener('scroll', update, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', update)
    }
    // oxlint-disable-next-line react/exhaustive-deps -- where it begins counts once
  }, [scroller])
  const scrollToIndex = (index: number): void => {
    const element = scroller.current
    if (!element) return
    const headHeight = element.querySelector<HTMLElement>('.table-head')?.offsetHeight ?? 0
    element.scrollTo({ top: scrollTopFor(index, { top: element.scrollTop, height: element.clientHeight - headHeight, rowHeight }) })
  }
  return { isAtTop: view.top === 0, widthRem: inRem(view.width, rowHeight), ...rowsInView({ ...view, count, rowHeight }), inView: rowsInView({ ...view, count, rowHeight, beyond: 0 }), slots: rowsAtMost({ ...view, rowHeight }), height: count * rowHeight, scrollToIndex }
}
