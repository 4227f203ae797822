import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { liveChange } from './live.ts'

/** One service of a Compose project, as its containers show it. */
export const ProjectService = z.object({
  name: z.string(),
  containers: z.array(z.object({ id: z.string(), state: z.string(), health: z.enum(['starting', 'healthy', 'unhealthy']).nullable() })),
})
export type ProjectService = z.infer<typeof ProjectService>

/** One Compose project, discovered from the labels of its containers; its name is its id. */
export const Project = z.object({
  name: z.string(),
  /** The folder it was brought up from, as a host path. */
  workingDir: z.string(),
  configFiles: z.array(z.string()),
  services: z.array(ProjectService),
})
export type Project = z.infer<typeof Project>

/** Calls on Compose projects. */
export const projectContract = {
  list: oc.output(z.array(Project)),
  watch: oc.output(eventIterator(liveChange(Project))),
}
