import type { ContainerLine } from '#contract/container-log.ts'
import { withoutAnsi } from '../../ui/ansi.ts'
import type { LogBuffer } from './log-buffer.ts'

/** Which lines are shown. */
export interface LogFilter {
  pattern: RegExp | undefined
  stream: 'both' | 'stdout' | 'stderr'
}

/** The lines of a buffer that a filter lets through, found bit by bit so that a million of them stop nobody. */
export class LogMatches {
  readonly #buffer: LogBuffer
  readonly #filter: LogFilter
  readonly #isAll: boolean
  #numbers: number[] = []
  #dropped = 0
  #scanned: number

  constructor(buffer: LogBuffer, filter: LogFilter) {
    this.#buffer = buffer
    this.#filter = filter
    this.#isAll = filter.pattern === undefined && filter.stream === 'both'
    this.#scanned = buffer.first
  }

  get count(): number {
    return this.#isAll ? this.#buffer.size : this.#numbers.length
  }

  /** How many of those shown went since the beginning, because the buffer dropped them. */
  get dropped(): number {
    return this.#isAll ? this.#buffer.first : this.#dropped
  }

  /** Whether lines wait to be looked at. */
  get isBehind(): boolean {
    return !this.#isAll && this.#scanned < this.#buffer.next
  }

  /** The number of the line at a place of what is shown. */
  numberAt(index: number): number {
    return this.#isAll ? this.#buffer.first + index : (this.#numbers[index] ?? -1)
  }

  /** Looks at so many more lines. */
  scan(budget: number): void {
    if (this.#isAll) return
    const { first, next } = this.#buffer
    const dropped = this.#numbers.length > 0 && this.#numbers[0]! < first ? lowerBound(this.#numbers, first) : 0
    if (dropped > 0) this.#numbers.splice(0, dropped)
    this.#dropped += dropped
    this.#scanned = Math.max(this.#scanned, first)
    const end = Math.min(next, this.#scanned + budget)
    for (; this.#scanned < end; this.#scanned++) {
      const line = this.#buffer.line(this.#scanned)
      if (line && this.#holds(line)) this.#numbers.push(this.#scanned)
    }
  }

  #holds({ text, stream }: ContainerLine): boolean {
    if (this.#filter.stream !== 'both' && this.#filter.stream !== stream) return false
    return this.#filter.pattern?.test(withoutAnsi(text)) ?? true
  }
}

/** The first place whose number is at least this one. */
function lowerBound(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}
