import type { Phase } from '#contract/phase.ts'
import type { EngineState } from '#contract/state.ts'

/** Which changes of the vm's life make sense in a state; stopping a start cancels it. */
export function can(state: EngineState | undefined): Record<'start' | 'stop' | 'restart' | 'sleep' | 'wake', boolean> {
  const isRunning = state === 'running'
  const stop = isRunning || state === 'sleeping' || state === 'starting' || state === 'waking'
  return { start: state === 'off' || state === 'failed', stop, restart: isRunning, sleep: isRunning, wake: state === 'sleeping' }
}

/** The colour that a phase is shown in; calm while nothing is known. */
export function toneOf(phase: Phase | undefined): 'good' | 'busy' | 'calm' | 'bad' {
  if (phase === 'running') return 'good'
  if (phase === 'failed') return 'bad'
  return phase === 'starting' || phase === 'waking' || phase === 'stopping' || phase === 'fallingAsleep' ? 'busy' : 'calm'
}
