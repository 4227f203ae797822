import { createHash } from 'node:crypto'
import { CoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'

/** The session ended while something used it or waited for it. */
export function lostError(where: string, cause?: Error): CoveError {
  return new CoveError('tunnel.unreachable', {
    message: `the connection to the guest (${where}) was lost${cause ? `: ${cause.message}` : ''}`,
    hint: 'Cove connects again by itself; try again.',
    cause,
  })
}

/** The guest has no listener behind a socket path, or may not open more. */
export function channelRefusedError(what: string, cause: Error): CoveError {
  return new CoveError('tunnel.unreachable', {
    message: `the guest refused ${what}: ${cause.message.replace('(SSH) Channel open failure: ', '')}`,
    hint: 'What should answer there is not running (yet), or is just being restarted; try again.',
    cause,
  })
}

/** Something other than this guest answered on its port. */
export function hostKeyError(where: string, presented: Buffer): CoveError {
  const fingerprint = createHash('sha256').update(presented).digest('base64').replace(/=+$/, '')
  return new CoveError('tunnel.refused', {
    message: `what answers on ${where} is not Cove's guest: it showed the unknown host key SHA256:${fingerprint}, and nothing was sent to it`,
    hint: 'Another program took that port, or the vm runs with keys of another installation: run "cove restart".',
  })
}

/** A failed handshake as an error that says whether dialling again can help. */
export function handshakeError(where: string, error: Error): CoveError {
  if (error instanceof CoveError) return error
  if (levelOf(error) === 'client-authentication') {
    return new CoveError('tunnel.refused', {
      message: `the guest on ${where} refused Cove's key`,
      hint: 'The vm was started with another key pair: run "cove restart".',
      cause: error,
    })
  }
  if (/no matching/i.test(error.message)) {
    return new CoveError('tunnel.refused', {
      message: `the sshd on ${where} cannot speak with Cove: ${error.message}`,
      hint: 'It offers no ed25519 host key or no aes128-gcm cipher, so it is not the guest of this version: run "cove restart".',
      cause: error,
    })
  }
  return dialError(where, error)
}

/** A failed dial; trying again is what helps. */
export function dialError(where: string, error: unknown): CoveError {
  if (error instanceof CoveError) return error
  const reason = error instanceof Error ? (errnoOf(error) ?? error.message) : String(error)
  return new CoveError('tunnel.unreachable', { message: `the guest's sshd on ${where} does not answer: ${reason}`, cause: error })
}

function levelOf(error: Error): unknown {
  return 'level' in error ? error.level : undefined
}
