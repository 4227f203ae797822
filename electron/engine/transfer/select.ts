import { CoveError } from '#contract/errors.ts'
import type { Selection } from '#contract/transfer.ts'

/** Whether a name is one of the names or patterns; `*` stands for any text. */
export function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.includes('*') ? asExpression(pattern).test(name) : pattern === name))
}

/** Whether a name was given as it is, which says that this very thing is wanted. */
export function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.includes(name)
}

/** An image's tag as docker completes it. */
export function withTag(reference: string): string {
  return /:[^/]*$/.test(reference) || reference.includes('*') || reference.includes('@') ? reference : `${reference}:latest`
}

/** What a selection names outright and there is none of. */
export function requireFound(what: string, patterns: readonly string[], found: (pattern: string) => boolean): void {
  const missing = patterns.filter((pattern) => !pattern.includes('*') && !found(pattern))
  if (missing.length === 0) return
  const list = missing.map((name) => `"${name}"`).join(', ')
  throw new CoveError('transfer.not-found', { message: `there is no ${what} ${list}`, hint: 'List what there is with: --dry-run' })
}

/** Whether anything of Docker's is asked for. */
export function needsDocker({ networks, volumes, images, projects }: Selection): boolean {
  return [networks, volumes, images, projects].some((patterns) => patterns.length > 0)
}

function asExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')}$`, 's')
}
