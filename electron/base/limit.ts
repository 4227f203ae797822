import { CoveError, readAbout, type ErrorCode } from '#contract/errors.ts'

/** What a bounded wait is for. */
export interface Limit {
  /** Completes "waited N s for …". */
  what: string
  ms: number
  signal?: AbortSignal
  /** Error code on time-out; default `wait.timeout`. */
  code?: ErrorCode
  hint?: string
}

/**
 * Runs `work` with an AbortSignal that fires when the caller's signal does or the time is up; the first cause wins.
 * @throws CoveError with the limit's code when the time is up, or the caller's abort reason.
 */
export async function withLimit<T>(limit: Limit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  limit.signal?.throwIfAborted()
  const own = new AbortController()
  const timer = setTimeout(() => own.abort(timeoutError(limit)), limit.ms)
  const signal = limit.signal ? AbortSignal.any([limit.signal, own.signal]) : own.signal
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work(signal), promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

function timeoutError(limit: Limit): CoveError {
  return new CoveError(limit.code ?? 'wait.timeout', {
    message: `waited ${limit.ms / 1000} s for ${limit.what}`,
    about: readAbout({ seconds: limit.ms / 1000 }),
    ...(limit.hint === undefined ? {} : { hint: limit.hint }),
  })
}

/** The error for work that was told to stop. */
export function cancelled(what: string): CoveError {
  return new CoveError('operation.cancelled', { message: `${what} was cancelled` })
}
