/** Every check of `npm test`, in the order in which they run: what is quick and tells most comes first. */
export const checks = ['types', 'lint', 'structure', 'unit', 'contract', 'cli', 'app', 'app-vm', 'vm', 'faults'] as const

/** The name of one check. */
export type CheckName = (typeof checks)[number]

/** A check and the one that runs beside it when both are asked for: each has a vm of its own, and one alone leaves a third of two processors idle. */
export const beside: Partial<Record<CheckName, CheckName>> = { vm: 'faults' }

/** What the words after `npm test --` ask for. */
export interface Selection {
  checks: readonly CheckName[]
  /** Handed to vitest: parts of file names, or of test titles where no file has such a name. */
  filters: readonly string[]
}

/**
 * Reads `[check] [filter…]`.
 * @throws Error naming the checks there are.
 */
export function selectChecks(words: readonly string[]): Selection {
  const [first, ...filters] = words
  if (first === undefined) return { checks, filters: [] }
  const name = checks.find((check) => check === first)
  if (!name) throw new Error(`There is no check "${first}": use ${checks.join(', ')}, or nothing for all.`)
  return { checks: [name], filters }
}

/** Arguments that make vitest run what matches any filter: by file name where a file has it, else by title (a whole word, or a pattern). */
export function filterArguments(filters: readonly string[], files: readonly string[]): string[] {
  const isFile = (filter: string): boolean => files.some((file) => file.toLowerCase().includes(filter.toLowerCase()))
  const named = files.filter((file) => filters.some((filter) => file.toLowerCase().includes(filter.toLowerCase())))
  const titles = filters.filter((filter) => !isFile(filter))
  const pattern = titles.map((title) => `\\b${title}\\b`).join('|')
  return [...named, ...(titles.length > 0 ? ['--testNamePattern', pattern] : [])]
}
