import { CoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'

/** The error for who needs a session while there is none. */
export function notRunning({ state }: Status): CoveError {
  return new CoveError('vm.not-running', { message: `the vm is not running (state: ${state})`, hint: 'Start it with: cove start' })
}

/** The error for a client of docker.sock that cannot be served. */
export function notServing({ state, reason, hint }: Status): CoveError {
  if (state === 'failed') return new CoveError('engine.stopped', { message: `Cove failed: ${reason}`, ...(hint === null ? {} : { hint }) })
  return new CoveError('engine.stopped', { message: `Cove is ${state === 'off' ? 'not running' : state}`, hint: 'Start it with: cove start' })
}
