import type { Container } from '#contract/container.ts'
import type { Project, ProjectService } from '#contract/project.ts'

const label = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  workingDir: 'com.docker.compose.project.working_dir',
  configFiles: 'com.docker.compose.project.config_files',
} as const

/** The Compose projects that containers belong to, by name; containers of a service in the order of their names. */
export function projectsOf(containers: Iterable<Container>): Project[] {
  const members = Map.groupBy(containers, ({ labels }) => labels[label.project] ?? '')
  members.delete('')
  return [...members].map(([name, own]) => projectOf(name, own)).toSorted((a, b) => compare(a.name, b.name))
}

function projectOf(name: string, containers: readonly Container[]): Project {
  const ordered = containers.toSorted((a, b) => compare(a.name, b.name))
  const services = Map.groupBy(ordered, ({ labels }) => labels[label.service] ?? '')
  const first = ordered[0]?.labels
  return {
    name,
    workingDir: first?.[label.workingDir] ?? '',
    configFiles: (first?.[label.configFiles] ?? '').split(',').filter((file) => file !== ''),
    services: [...services].map(([service, own]) => serviceOf(service, own)).toSorted((a, b) => compare(a.name, b.name)),
  }
}

function serviceOf(name: string, containers: readonly Container[]): ProjectService {
  return { name, containers: containers.map(({ id, state, health }) => ({ id, state, health })) }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
