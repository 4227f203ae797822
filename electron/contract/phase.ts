import type { EngineState, Status } from './state.ts'

/** A state as it is shown: on its way to sleep Docker is not asleep yet. */
export type Phase = EngineState | 'fallingAsleep'

/** What to say of the engine. */
export function phaseOf({ state, step }: Pick<Status, 'state' | 'step'>): Phase {
  return state === 'sleeping' && step !== null ? 'fallingAsleep' : state
}
