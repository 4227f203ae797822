import { CoveError } from '#contract/errors.ts'

/** What a usage error can suggest. */
export interface Suggestion {
  /** The word that was typed. */
  word?: string
  candidates?: readonly string[]
  /** The hint when no candidate is near. */
  otherwise?: string
}

/** An error of the command line: exit code 2, nothing changed. */
export function usageError(message: string, suggestion: Suggestion = {}): CoveError {
  const near = suggestion.word === undefined ? undefined : nearest(suggestion.word, suggestion.candidates ?? [])
  const hint = near === undefined ? suggestion.otherwise : `Did you mean "${near}"?`
  return new CoveError('usage.invalid', { message, ...(hint === undefined ? {} : { hint }) })
}

/** The candidate a mistyped word most likely stands for; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase()
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(Math.max(typed.length, candidate.length) * 0.4)))
  return ranked.toSorted((a, b) => a.distance - b.distance)[0]?.candidate
}

/** Edits (insert, delete, replace, swap of neighbours) between two words; optimal string alignment. */
function editDistance(a: string, b: string): number {
  if (Math.max(a.length, b.length) > 64) return Infinity
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)])
  const at = (i: number, j: number): number => (i < 0 || j < 0 ? Infinity : i === 0 ? j : (rows[i]?.[j] ?? Infinity))
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1), swapped ? at(i - 2, j - 2) + 1 : Infinity)
      rows[i]![j] = best
    }
  }
  return at(a.length, b.length)
}
