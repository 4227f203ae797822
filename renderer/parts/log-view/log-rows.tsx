import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import type { LogMatches } from './log-matches.ts'
import { LogRow, type LogLook } from './log-row.tsx'
import type { Log } from './use-log.ts'

interface LogRowsProps {
  label: string
  log: Log
  look: LogLook
  isFollowing: boolean
  onFollow: (isFollowing: boolean) => void
}

/** Rows beyond those in view that are kept ready. */
const overscan = 10
/** Wrapped lines have heights of their own, which are measured; of more lines than these the last are shown. */
const maxWrapped = 20_000

/** The lines of a log, of which only those in view exist. */
export function LogRows(props: LogRowsProps) {
  return props.look.isWrapped ? <WrappedRows {...props} /> : <FixedRows {...props} />
}

/** Lines of one height: where each is follows from its number, however many there are. */
function FixedRows({ label, log, look, isFollowing, onFollow }: LogRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const rowHeight = useLineHeight()
  const { top, height, onScroll } = useScrolling(scroller, { isFollowing, onFollow })
  const { matches, buffer } = log
  const count = matches.count
  const from = Math.max(0, Math.floor(top / rowHeight) - overscan)
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + overscan)
  useStayInPlace(scroller, { matches, isFollowing, rowHeight, version: log.version })
  return (
    <div ref={scroller} className="log-rows" role="log" aria-live="off" aria-label={label} tabIndex={0} onScroll={onScroll}>
      <div className="log-space" style={{ height: count * rowHeight }}>
        <div className="log-block" style={{ transform: `translateY(${from * rowHeight}px)` }}>
          {Array.from({ length: Math.max(0, to - from) }, (_, index) => {
            const number = matches.numberAt(from + index)
            const line = buffer.line(number)
            return line && <div key={number} className="log-row" style={{ height: rowHeight }}><LogRow line={line} look={look} /></div>
          })}
        </div>
      </div>
    </div>
  )
}

function WrappedRows({ label, log, look, isFollowing, onFollow }: LogRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const rowHeight = useLineHeight()
  const { matches, buffer } = log
  const skipped = Math.max(0, matches.count - maxWrapped)
  // oxlint-disable-next-line react/incompatible-library -- it changes in place, which only the React compiler could not bear
  const virtual = useVirtualizer({
    count: matches.count - skipped,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => matches.numberAt(index + skipped),
    overscan,
  })
  const { onScroll } = useScrolling(scroller, { isFollowing, onFollow })
  const height = virtual.getTotalSize()
  useLayoutEffect(() => {
    if (isFollowing) scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
  }, [isFollowing, height, log.version])
  return (
    <div ref={scroller} className="log-rows wrapped" role="log" aria-live="off" aria-label={label} tabIndex={0} onScroll={onScroll}>
      <div className="log-space" style={{ height }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const number = matches.numberAt(index + skipped)
          const line = buffer.line(number)
          return line && <div key={number} ref={virtual.measureElement} data-index={index} className="log-row" style={{ transform: `translateY(${start}px)` }}><LogRow line={line} look={look} /></div>
        })}
      </div>
    </div>
  )
}

/** A line's height in whole pixels, after the size of the text. */
function useLineHeight(): number {
  const [height] = useState(() => Math.round(1.55 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)))
  return height
}

interface Following {
  isFollowing: boolean
  onFollow: (isFollowing: boolean) => void
}

/** What is in view; who scrolls up stops following, who reaches the end follows again. */
function useScrolling(scroller: RefObject<HTMLDivElement | null>, { isFollowing, onFollow }: Following) {
  const [view, setView] = useState({ top: 0, height: 0 })
  const last = useRef(0)
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setView({ top: element.scrollTop, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller])
  const onScroll = (): void => {
    const element = scroller.current
    if (!element) return
    const { scrollTop: top, scrollHeight, clientHeight: height } = element
    const isAtEnd = top + height >= scrollHeight - 4
    if (isFollowing && top < last.current - 2 && !isAtEnd) onFollow(false)
    else if (!isFollowing && top > last.current && isAtEnd) onFollow(true)
    last.current = top
    setView({ top, height })
  }
  return { ...view, onScroll }
}

/** Shows the end while following; otherwise what is in view stays there although lines at the beginning go. */
function useStayInPlace(scroller: RefObject<HTMLDivElement | null>, { matches, isFollowing, rowHeight, version }: { matches: LogMatches; isFollowing: boolean; rowHeight: number; version: number }): void {
  const former = useRef({ matches, dropped: matches.dropped })
  useLayoutEffect(() => {
    const element = scroller.current
    const gone = former.current.matches === matches ? matches.dropped - former.current.dropped : 0
    former.current = { matches, dropped: matches.dropped }
    if (!element) return
    if (isFollowing) element.scrollTo({ top: element.scrollHeight })
    else if (gone > 0) element.scrollBy({ top: -gone * rowHeight })
  }, [scroller, matches, isFollowing, rowHeight, version])
}
