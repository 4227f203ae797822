import type { ContainerLine } from '#contract/container-log.ts'

/** Docker stamps each stream by itself and then writes both to one file: their times may go back by as much there. */
const disorderMs = 1000
const mostKept = 10_000

/** The latest lines that were read of a log, so that the next read may begin before where the last one ended: none is lost, none comes twice. */
export class SeenLines {
  readonly #isWhole: boolean
  /** `TIME STREAM`, in the order they were read. */
  #kept: string[] = []
  #newest = ''
  /** What is not later than this is never new. */
  #floor = ''

  /** `isWhole`: the first read leaves out nothing of what came before. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole
  }

  note(lines: readonly ContainerLine[]): void {
    for (const { at, stream } of lines) {
      if (this.#newest === '' && !this.#isWhole) this.#floor = at
      if (at > this.#newest) this.#newest = at
      this.#kept.push(`${at} ${stream}`)
    }
    if (this.#kept.length > 2 * mostKept) this.#prune()
  }

  /** Where the next read is to begin; undefined while nothing was read. */
  since(): string | undefined {
    if (this.#newest === '') return undefined
    this.#prune()
    return this.#floor
  }

  /** Tells for one read from `since()` on, line by line, whether that is new. */
  forNextRead(): (line: ContainerLine) => boolean {
    if (this.#newest === '') return () => true
    const left = new Map<string, number>()
    for (const stamp of this.#kept) left.set(stamp, (left.get(stamp) ?? 0) + 1)
    return ({ at, stream }) => {
      const stamp = `${at} ${stream}`
      const count = left.get(stamp) ?? 0
      if (count > 0) left.set(stamp, count - 1)
      return count === 0 && at > this.#floor
    }
  }

  #prune(): void {
    const cut = new Date(Date.parse(this.#newest) - disorderMs).toISOString().replace('Z', '000000Z')
    if (cut > this.#floor) this.#floor = cut
    for (const stamp of this.#kept.slice(0, -mostKept)) {
      const at = stamp.slice(0, stamp.indexOf(' '))
      if (at > this.#floor) this.#floor = at
    }
    this.#kept = this.#kept.slice(-mostKept).filter((stamp) => stamp > this.#floor)
  }
}
