import { hash } from 'node:crypto'
import type { ContainerLine } from '#contract/container-log.ts'

/** Docker stamps each stream by itself and then writes both to one file: their times may go back by as much there. */
const disorderMs = 1000
const mostKept = 10_000

/** The latest lines that were read of a log, so that the next read may begin before where the last one ended: none is lost, none comes twice. */
export class SeenLines {
  readonly #isWhole: boolean
  /** Stamps, in the order they were read. */
  #kept: string[] = []
  #last = ''
  /** Of what came before these nothing is known: lines that were not asked for, and those no longer kept. */
  #first = ''
  #evicted = ''

  /** `isWhole`: the first read leaves out nothing of what came before. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole
  }

  note(lines: readonly ContainerLine[]): void {
    for (const line of lines) {
      if (this.#last === '' && !this.#isWhole) this.#first = line.at
      this.#last = line.at
      this.#kept.push(stampOf(line))
    }
    if (this.#kept.length > 2 * mostKept) this.#evict()
  }

  /** Where the next read is to begin: what is not later is never new. Undefined while nothing was read. */
  since(): string | undefined {
    if (Number.isNaN(Date.parse(this.#last))) return undefined
    this.#evict()
    // What is later than the last line is of before a clock was set back.
    const bounds = [secondBefore(this.#last), this.#first, this.#evicted].filter((bound) => bound <= this.#last)
    return bounds.toSorted().at(-1)
  }

  /** Tells for one read from `since()` on, line by line, whether that is new. */
  forNextRead(): (line: ContainerLine) => boolean {
    const since = this.since()
    if (since === undefined) return () => true
    const left = new Map<string, number>()
    for (const stamp of this.#kept) left.set(stamp, (left.get(stamp) ?? 0) + 1)
    const last = this.#kept.at(-1)
    let isPastLast = false
    return (line) => {
      // The log is read in the order it was written, whatever the clock did: behind the last line all is new.
      if (isPastLast) return true
      const stamp = stampOf(line)
      const count = left.get(stamp) ?? 0
      if (count > 0) left.set(stamp, count - 1)
      isPastLast = count === 1 && stamp === last
      return count === 0 && line.at > since
    }
  }

  #evict(): void {
    const last = this.#kept.at(-mostKept - 1)
    if (last === undefined) return
    this.#evicted = last.slice(0, last.indexOf(' '))
    this.#kept = this.#kept.slice(-mostKept)
  }
}

/** The time, then what tells two lines of that time apart in as much room as a short line takes. */
function stampOf({ at, stream, text }: ContainerLine): string {
  return `${at} ${hash('sha1', `${stream} ${text}`, 'base64')}`
}

/** With nanoseconds, as Docker writes its times: they are compared as text. */
function secondBefore(at: string): string {
  return new Date(Date.parse(at) - disorderMs).toISOString().replace('Z', '000000Z')
}
