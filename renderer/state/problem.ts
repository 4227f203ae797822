import { ORPCError } from '@orpc/client'
import { readAbout } from '#contract/errors.ts'
import type { ToldError } from '#contract/told-error.ts'

/** Something that went wrong, in the engine's words, and by its code and values for words of other languages. */
export type Problem = ToldError

/** A problem that was told, not thrown, by the engine. */
export class ToldProblem extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

/** Any thrown value as a problem to show. */
export function readProblem(error: unknown): Problem {
  if (error instanceof ToldProblem) return error.problem
  if (error instanceof ORPCError) {
    const data = error.data as { hint?: unknown; about?: unknown } | undefined
    return { code: error.code, message: error.message, hint: typeof data?.hint === 'string' ? data.hint : null, about: readAbout(data?.about) ?? null }
  }
  return { code: 'engine.unreachable', message: error instanceof Error ? error.message : String(error), hint: null, about: null }
}
