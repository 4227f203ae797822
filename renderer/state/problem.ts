import { ORPCError } from '@orpc/client'

/** Something that went wrong, in the engine's words. */
export interface Problem {
  code: string
  message: string
  hint: string | null
}

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
    const data = error.data as { hint?: unknown } | undefined
    return { code: error.code, message: error.message, hint: typeof data?.hint === 'string' ? data.hint : null }
  }
  return { code: 'engine.unreachable', message: error instanceof Error ? error.message : String(error), hint: null }
}
