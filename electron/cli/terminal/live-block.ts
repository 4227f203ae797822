import { fitTo } from './width.ts'
import type { Terminal } from './terminal.ts'

/** Lines on a terminal that are drawn over by the next ones; coloured text must fit the width already. */
export class LiveBlock {
  readonly #terminal: Terminal
  #height = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Replaces the lines drawn before, in one write so that nothing flickers. */
  draw(lines: readonly string[]): void {
    this.#terminal.raw(`${this.#erase()}${lines.map((line) => `${line}\n`).join('')}`)
    this.#height = lines.length
  }

  /** Removes the lines drawn before. */
  clear(): void {
    if (this.#height > 0) this.#terminal.raw(this.#erase())
    this.#height = 0
  }

  /** Leaves the lines drawn before where they are. */
  keep(): void {
    this.#height = 0
  }

  #erase(): string {
    return this.#height === 0 ? '' : `\x1b[${this.#height}A\x1b[J`
  }
}

/** A plain text cut so that one more drawing over it finds it on a single row. */
export function oneRow(text: string, terminal: Terminal, reserved = 0): string {
  return fitTo(text, terminal.columns - 1 - reserved)
}
