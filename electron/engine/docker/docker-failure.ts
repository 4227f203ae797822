import { CoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'

/** Why a request to Docker failed, for the user. What the tunnel says of itself is kept. */
export function dockerFailure(what: string, error: unknown): CoveError {
  if (error instanceof CoveError) return error
  return new CoveError('docker.unreachable', {
    message: `Docker in the guest did not answer ${what}: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'It may still be starting; see "cove status" and "cove logs guest".',
    cause: error,
  })
}

/** Whether a kept connection was closed by Docker just when a request was sent over it. */
export function isStaleConnection(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED'
}
