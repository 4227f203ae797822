import type { Project } from '#contract/project.ts'

/** How many of a project's containers run. */
export function runningCount({ services }: Pick<Project, 'services'>): { running: number; all: number } {
  const containers = services.flatMap((service) => service.containers)
  return { running: containers.filter(({ state }) => state === 'running').length, all: containers.length }
}

/** How well a project is: bad when one of its containers is unhealthy or dead, warn when some of them run and others do not. */
export function projectTone(project: Pick<Project, 'services'>): 'good' | 'warn' | 'calm' | 'bad' {
  const containers = project.services.flatMap((service) => service.containers)
  if (containers.some(({ state, health }) => state === 'dead' || health === 'unhealthy')) return 'bad'
  const { running, all } = runningCount(project)
  if (running === 0) return 'calm'
  return running === all ? 'good' : 'warn'
}

/** Changes whenever a container of the project came, went or changed its state. */
export function projectStamp({ services }: Pick<Project, 'services'>): string {
  return services.map(({ name, containers }) => `${name}:${containers.map(({ id, state }) => `${id.slice(0, 12)}${state}`).join()}`).join(' ')
}
