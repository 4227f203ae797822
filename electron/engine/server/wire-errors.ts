import { ORPCError, ValidationError } from '@orpc/server'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { cancelled } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'

interface Call {
  path: readonly string[]
  /** Fires when the client no longer wants the answer. */
  signal?: AbortSignal | undefined
  next(): Promise<unknown>
}

/** Lets errors of calls and of streams, at any point, travel as the CoveError they are. */
export function wireErrors(log: Logger): (call: Call) => Promise<unknown> {
  return async ({ path, signal, next }) => {
    const map = (error: unknown): Error => toWire(isCallOff(error, signal) ? cancelled(path.join('.')) : error, log, path)
    try {
      const output = await next()
      return isStream(output) ? mapErrors(output, map) : output
    } catch (error) {
      throw map(error)
    }
  }
}

/** Whether this is nothing but the client's word that it no longer wants the answer. */
function isCallOff(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))
}

/** A CoveError as it travels; a mistake of ours is logged with its stack. */
export function toWire(error: unknown, log: Logger, path: readonly string[]): Error {
  const ours: CoveError = error instanceof ORPCError ? fromOrpc(error) : toCoveError(error)
  if (ours.code === 'internal.bug') log.error('bug', { call: path.join('.'), error: ours, stack: stackOf(error) })
  return new ORPCError(ours.code, { status: 500, message: ours.message, data: { hint: ours.hint, about: ours.about }, defined: false })
}

/** What oRPC itself objects to: input the contract does not allow, or output of ours that it does not. */
function fromOrpc(error: ORPCError<string, unknown>): CoveError {
  const { cause } = error
  const issue = cause instanceof ValidationError ? cause.issues[0] : undefined
  const at = issue?.path?.map((part) => (typeof part === 'object' ? part.key : part)).join('.')
  const message = issue ? `${at ? `"${at}": ` : ''}${issue.message}` : error.message
  return new CoveError(error.code === 'BAD_REQUEST' ? 'usage.invalid' : 'internal.bug', { message, cause: error })
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}

function isStream(output: unknown): output is AsyncIterable<unknown> & AsyncIterator<unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output && 'next' in output
}

/** The same stream; unlike a generator around it, it can be ended while its next item is awaited. */
function mapErrors(source: AsyncIterator<unknown>, map: (error: unknown) => Error): AsyncIterableIterator<unknown> {
  const mapped: AsyncIterableIterator<unknown> = {
    next: () => source.next().catch((error: unknown) => Promise.reject(map(error))),
    return: async (value) => (await source.return?.(value)) ?? { done: true, value },
    [Symbol.asyncIterator]: () => mapped,
  }
  return mapped
}
