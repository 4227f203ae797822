import { CoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'

/** Why a request to Docker failed, for the user. What the tunnel says of itself is kept. */
export function dockerFailure(what: string, error: unknown): CoveError {
  if (error instanceof CoveError) return error
  return new CoveError('docker.unreachable', {
    message: `Docker in the guest did not answer ${what}: ${reasonOf(error)}`,
    hint: 'It may still be starting; see "cove status" and "cove logs guest".',
    cause: error,
  })
}

/** Whether a kept connection was closed by Docker just when a request was sent over it. */
export function isStaleConnection(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED'
}

/** Whether Docker said that there is no such object. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 404
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'json' in error && 'statusCode' in error ? `HTTP ${String(error.statusCode)}, ${messageOf(error.json)}` : error.message
}

function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message)
  return String(body).slice(0, 200)
}
