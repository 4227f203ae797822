import type { Container } from '#contract/container.ts'
import type { LiveChange } from '#contract/live.ts'
import type { Project } from '#contract/project.ts'
import type { LiveList } from './live-list.ts'
import { projectsOf } from './project.ts'

/** Compose projects, derived from the containers: all at first, then those that a change of containers changed. */
export async function* watchProjects(containers: LiveList<Container>, signal: AbortSignal): AsyncGenerator<LiveChange<Project>> {
  let known = new Map<string, string>()
  for await (const change of containers.watch(signal)) {
    const projects = projectsOf(containers.objects.values())
    const former = known
    known = new Map(projects.map((project) => [project.name, JSON.stringify(project)]))
    if (change.kind === 'all') yield { kind: 'all', objects: projects }
    else {
      const objects = projects.filter(({ name }) => known.get(name) !== former.get(name))
      const removed = [...former.keys()].filter((name) => !known.has(name))
      if (objects.length + removed.length > 0) yield { kind: 'changed', objects, removed }
    }
  }
}
