import type { Container } from '#contract/container.ts'

/** What can be done with a container. */
export type ContainerAction = 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'kill'

const byState: Record<string, readonly ContainerAction[]> = {
  created: ['start'],
  exited: ['start'],
  dead: [],
  removing: [],
  running: ['stop', 'restart', 'pause', 'kill'],
  restarting: ['stop', 'restart', 'kill'],
  paused: ['unpause', 'stop', 'kill'],
}
const inOrder: readonly ContainerAction[] = ['start', 'unpause', 'stop', 'restart', 'pause', 'kill']

/** What makes sense for at least one of some containers, in the order in which it is offered. */
export function possibleActions(containers: readonly Pick<Container, 'state'>[]): readonly ContainerAction[] {
  return inOrder.filter((action) => containers.some(({ state }) => (byState[state] ?? ['start', 'stop']).includes(action)))
}
