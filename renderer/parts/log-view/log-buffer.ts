import type { ContainerLine } from '#contract/container-log.ts'

/** Lines are kept in blocks of so many; the oldest block goes as a whole. */
const blockSize = 4096

/** What a log may take of the window's memory. */
export interface LogLimits {
  lines: number
  characters: number
}

/** The last lines of a log, by the number they have since it was opened. */
export class LogBuffer {
  readonly #limits: LogLimits
  #blocks: ContainerLine[][] = [[]]
  #characters = 0
  #first = 0
  #next = 0

  constructor(limits: LogLimits) {
    this.#limits = limits
  }

  /** The number of the first line that is still there. */
  get first(): number {
    return this.#first
  }

  /** The number that the next line gets. */
  get next(): number {
    return this.#next
  }

  get size(): number {
    return this.#next - this.#first
  }

  line(number: number): ContainerLine | undefined {
    const index = number - this.#first
    return index < 0 ? undefined : this.#blocks[Math.floor(index / blockSize)]?.[index % blockSize]
  }

  append(lines: readonly ContainerLine[]): void {
    for (const line of lines) {
      let last = this.#blocks.at(-1)!
      if (last.length === blockSize) this.#blocks.push((last = []))
      last.push(line)
      this.#characters += line.text.length
      this.#next++
    }
    while (this.#blocks.length > 1 && (this.size > this.#limits.lines || this.#characters > this.#limits.characters)) this.#drop()
  }

  clear(): void {
    this.#blocks = [[]]
    this.#characters = 0
    this.#first = this.#next
  }

  #drop(): void {
    const [oldest = []] = this.#blocks.splice(0, 1)
    this.#first += oldest.length
    for (const { text } of oldest) this.#characters -= text.length
  }
}
