import type { Column } from './table-model.ts'

/** What of a row is searched: its cells as text, in lower case. */
export type RowText<T> = (row: T) => string

/** Puts each row's text together once: a row that did not change is the same object, and a keystroke must not format thousands of dates. */
export function rowTexts<T>(columns: readonly Column<T>[]): RowText<T> {
  const searched = columns.filter(({ isLive }) => isLive !== true)
  const known = new WeakMap<T & WeakKey, string>()
  return (row) => {
    const key = row as T & WeakKey
    const made = known.get(key) ?? searched.map((column) => column.text(row)).join('\n').toLowerCase()
    known.set(key, made)
    return made
  }
}

/** Rows that a search found, and their texts beside them. */
interface Found<T> {
  filter: string
  rows: readonly T[]
  texts: readonly string[]
}

/** Searches the same rows again and again, as one types. */
export class RowSearch<T> {
  readonly #rows: readonly T[]
  readonly #textOf: RowText<T>
  /** The texts of the first rows, as far as they were asked for. */
  readonly #texts: string[] = []
  #last: Found<T> | undefined

  constructor(rows: readonly T[], textOf: RowText<T>) {
    this.#rows = rows
    this.#textOf = textOf
  }

  /** Rows that hold every word of the filter in some column; where none falls out, the very list that was searched. */
  find(filter: string): readonly T[] {
    const text = filter.toLowerCase()
    const words = text.split(/\s+/).filter(Boolean)
    if (words.length === 0) return this.#rows
    while (this.readAhead()) continue
    // Who types on can only lose rows: what was found before is all that has to be looked at.
    const former = this.#last !== undefined && text.startsWith(this.#last.filter) ? this.#last : { rows: this.#rows, texts: this.#texts }
    this.#last = { filter: text, ...words.reduce<Omit<Found<T>, 'filter'>>(narrow, former) }
    return this.#last.rows
  }

  /** Puts the texts of some more rows together; false when there are none left. */
  readAhead(): boolean {
    const end = Math.min(this.#texts.length + 50, this.#rows.length)
    for (let at = this.#texts.length; at < end; at++) this.#texts.push(this.#textOf(this.#rows[at]!))
    return end < this.#rows.length
  }
}

function narrow<T>(former: Omit<Found<T>, 'filter'>, word: string): Omit<Found<T>, 'filter'> {
  const rows: T[] = []
  const texts: string[] = []
  // By hand: an iterator makes three objects for each of thousands of rows, before V8 has had a reason to optimize it.
  for (let at = 0; at < former.texts.length; at++) {
    const text = former.texts[at]!
    if (!text.includes(word)) continue
    rows.push(former.rows[at]!)
    texts.push(text)
  }
  return rows.length === former.rows.length ? former : { rows, texts }
}
