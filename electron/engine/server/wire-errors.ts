import { ORPCError, ValidationError } from '@orpc/server'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'

interface Call {
  path: readonly string[]
  next(): Promise<unknown>
}

/** Lets errors of calls and of streams, at any point, travel as the CoveError they are. */
export function wireErrors(log: Logger): (call: Call) => Promise<unknown> {
  return async ({ path, next }) => {
    try {
      const output = await next()
      return isStream(output) ? mapErrors(output, (error) => toWire(error, log, path)) : output
    } catch (error) {
      throw toWire(error, log, path)
    }
  }
}

/** A CoveError as it travels; a mistake of ours is logged with its stack. */
export function toWire(error: unknown, log: Logger, path: readonly string[]): Error {
  const ours: CoveError = error instanceof ORPCError ? fromOrpc(error) : toCoveError(error)
  if (ours.code === 'internal.bug') log.error('bug', { call: path.join('.'), error: ours, stack: stackOf(error) })
  return new ORPCError(ours.code, { status: 500, message: ours.message, data: { hint: ours.hint }, defined: false })
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
