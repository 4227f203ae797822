import { expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { wireErrors } from '#engine/server/wire-errors.ts'

const failing = (error: unknown) => () => Promise.reject(error as Error)

test('who leaves while being answered is not logged as a mistake of ours, a mistake is', async () => {
  const log = { ...silentLogger, error: vi.fn<typeof silentLogger.error>() }
  const call = wireErrors(log)
  const left = AbortSignal.abort(new DOMException('Client aborted the request', 'AbortError'))
  await expect(call({ path: ['container', 'files'], signal: left, next: failing(left.reason) })).rejects.toMatchObject({ code: 'operation.cancelled', message: 'container.files was cancelled' })
  expect(log.error).not.toHaveBeenCalled()
  await expect(call({ path: ['container', 'files'], signal: left, next: failing(new TypeError('x is not a function')) })).rejects.toMatchObject({ code: 'internal.bug' })
  // Whoever aborted here, it was not the client.
  await expect(call({ path: ['container', 'files'], signal: new AbortController().signal, next: failing(left.reason) })).rejects.toMatchObject({ code: 'internal.bug' })
  expect(log.error).toHaveBeenCalledTimes(2)
})
