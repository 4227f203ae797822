import type { Container } from '#contract/container.ts'

/** What decides how a container's state is shown. */
export type ContainerState = Pick<Container, 'state' | 'health'> & { exitCode?: number | null }

/** How well a container is. */
export function containerTone({ state, health, exitCode }: ContainerState): 'good' | 'busy' | 'warn' | 'calm' | 'bad' {
  if (state === 'running') return health === 'unhealthy' ? 'bad' : health === 'starting' ? 'busy' : 'good'
  if (state === 'dead') return 'bad'
  if (state === 'paused') return 'warn'
  if (state === 'restarting' || state === 'removing') return 'busy'
  return state === 'exited' && isFailure(exitCode) ? 'bad' : 'calm'
}

/** Whether a container has something that runs, or will go on. */
export function isAlive({ state }: { state: string }): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting'
}

/** Whether an exit code says that something went wrong; 143 and 130 are those of who was asked to end. */
function isFailure(exitCode: number | null | undefined): boolean {
  return exitCode !== null && exitCode !== undefined && ![0, 130, 143].includes(exitCode)
}
