import { useEffect, useMemo, useRef, useState } from 'react'
import type { LogBatch } from '#contract/container-log.ts'
import type { Problem } from '../../state/problem.ts'
import { useStream, type OpenStream } from '../../state/streams.ts'
import { LogBuffer } from './log-buffer.ts'
import { LogMatches, type LogFilter } from './log-matches.ts'

/** At most so many lines and characters are kept: the oldest go. */
const limits = { lines: 1_000_000, characters: 150_000_000 }
/** Lines looked at between two frames: some milliseconds of work. */
const scanBudget = 40_000

/** A log that is being read. */
export interface Log {
  buffer: LogBuffer
  matches: LogMatches
  /** Changes whenever the buffer or the matches did. */
  version: number
  /** Everything printed so far is here. */
  isCaughtUp: boolean
  /** What printed it does not run. */
  isStopped: boolean
  problem: Problem | undefined
  clear(): void
}

/** Reads a log as long as the component is shown; `key` names the stream and what is asked of it. */
export function useLog(key: string, open: OpenStream<LogBatch>, filter: LogFilter): Log {
  const [buffer] = useState(() => new LogBuffer(limits))
  const [version, setVersion] = useState(0)
  const [isCaughtUp, setCaughtUp] = useState(false)
  const [isStopped, setStopped] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const matches = useMemo(() => new LogMatches(buffer, filter), [buffer, filter])
  const bump = (): void => setVersion((former) => former + 1)
  useStream<LogBatch>(key, open, {
    onOpen: () => {
      buffer.clear()
      setCaughtUp(false)
      setProblem(undefined)
      bump()
    },
    onItems: (batches) => {
      for (const batch of batches) {
        if (batch.kind === 'lines') {
          buffer.append(batch.lines)
          setStopped(false)
        } else if (batch.kind === 'caught-up') setCaughtUp(true)
        else setStopped(true)
      }
      bump()
    },
    onProblem: setProblem,
  })
  useScan(matches, version, bump)
  const clear = (): void => {
    buffer.clear()
    bump()
  }
  return { buffer, matches, version, isCaughtUp, isStopped, problem, clear }
}

/** Looks at waiting lines, a frame's worth at a time. */
function useScan(matches: LogMatches, version: number, onScanned: () => void): void {
  const told = useRef(onScanned)
  useEffect(() => {
    told.current = onScanned
  })
  useEffect(() => {
    if (!matches.isBehind) return
    const frame = requestAnimationFrame(() => {
      matches.scan(scanBudget)
      told.current()
    })
    return () => cancelAnimationFrame(frame)
  }, [matches, version])
}
