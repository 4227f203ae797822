import type { EngineState } from '#contract/state.ts'

/** Which changes of the vm's life make sense in a state; stopping a start cancels it. */
export function can(state: EngineState | undefined): Record<'start' | 'stop' | 'restart' | 'sleep' | 'wake', boolean> {
  const isRunning = state === 'running'
  const stop = isRunning || state === 'sleeping' || state === 'starting' || state === 'waking'
  return { start: state === 'off' || state === 'failed', stop, restart: isRunning, sleep: isRunning, wake: state === 'sleeping' }
}

/** The colour that a state is shown in. */
export function toneOf(state: EngineState | undefined): 'good' | 'busy' | 'calm' | 'bad' {
  if (state === 'running') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'starting' || state === 'waking' || state === 'stopping' ? 'busy' : 'calm'
}
