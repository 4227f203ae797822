import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from './terminal.ts'
import { fitTo, widthOf } from './width.ts'

/** Lines on a terminal that are drawn over by the next ones. */
export class LiveBlock {
  readonly #terminal: Terminal
  #height = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Replaces the lines drawn before, in one write so that nothing flickers. */
  draw(lines: readonly string[]): void {
    this.#terminal.raw(`${this.#erase()}${lines.map((line) => `${line}\n`).join('')}`)
    this.#height = lines.reduce((rows, line) => rows + this.#rowsOf(line), 0)
  }

  /** Removes the lines drawn before. */
  clear(): void {
    if (this.#height > 0) this.#terminal.raw(this.#erase())
    this.#height = 0
  }

  /** A line longer than the terminal takes several rows. */
  #rowsOf(line: string): number {
    return Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / this.#terminal.columns))
  }

  #erase(): string {
    return this.#height === 0 ? '' : `\x1b[${this.#height}A\x1b[J`
  }
}

/** A plain text cut so that one more drawing over it finds it on a single row. */
export function oneRow(text: string, terminal: Terminal, reserved = 0): string {
  return fitTo(text, terminal.columns - 1 - reserved)
}
