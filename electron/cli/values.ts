import { CoveError } from '#contract/errors.ts'
import { usageError } from './usage.ts'
import type { Completion, Operand, ValueOption } from './declare.ts'

/** Any text. */
export const anyText = (text: string): string => text

/** A parser for one of a few words; an error names the nearest. */
export function oneOf<const W extends string>(what: string, words: Readonly<Record<W, string>>): { parse: (text: string) => W; completion: Completion } {
  const names = Object.keys(words) as W[]
  return {
    completion: { kind: 'words', words },
    parse: (text) => {
      const found = names.find((name) => name === text)
      if (found === undefined) throw usageError(`"${text}" is not ${what}`, { word: text, candidates: names, otherwise: `Choose one of: ${names.join(', ')}` })
      return found
    },
  }
}

/** A parser for a whole number within bounds. */
export function wholeNumber(what: string, bounds: { min: number; max: number }): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= bounds.min && value <= bounds.max)) {
      throw usageError(`"${text}" is not ${what}`, { otherwise: `Give a whole number from ${bounds.min} to ${bounds.max}` })
    }
    return value
  }
}

/** An option with a value. */
export function valueOption<T>(valueName: string, declaration: Omit<ValueOption<T>, 'kind' | 'valueName'>): ValueOption<T> {
  return { kind: 'value', valueName, ...declaration }
}

/** An operand that must be given. */
export function required<T>(summary: string, more: Omit<Operand<T>, 'arity' | 'summary'>): Operand<T> & { arity: 'one' } {
  return { arity: 'one', summary, ...more }
}

const unitGiB: Readonly<Record<string, number>> = { '': 1, g: 1, gb: 1, gib: 1, t: 1024, tb: 1024, tib: 1024 }
const diskGiB = { min: 4, max: 65_536 }

/** Reads a disk size as a person types it (`80`, `80G`, `80GiB`, `1T`; powers of 1024) in GiB. @throws CoveError `disk.invalid-size`. */
export function parseSizeGiB(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})\s*([a-z]*)$/i.exec(text) ?? []
  const factor = unitGiB[unit.toLowerCase()]
  const size = digits === '' || factor === undefined ? Number.NaN : Number(digits) * factor
  if (size >= diskGiB.min && size <= diskGiB.max) return size
  throw new CoveError('disk.invalid-size', {
    message: `"${text}" is not a disk size`,
    hint: `Give whole GiB from ${diskGiB.min} to ${diskGiB.max}, such as 80 or 80G or 1T.`,
  })
}
