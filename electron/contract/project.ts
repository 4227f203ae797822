import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { LogBatch, LogWish } from './container-log.ts'
import { liveChange } from './live.ts'
import { TaskRef } from './task.ts'

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

/** A folder with a Compose file that the user opened once; it is remembered whether its project runs or not. */
export const ProjectFolder = z.object({
  folder: z.string(),
  /** The project's name; null while its file cannot be read or has errors. */
  name: z.string().nullable(),
  configFiles: z.array(z.string()),
  /** Why the folder is of no use now. */
  problem: z.string().nullable(),
})
export type ProjectFolder = z.infer<typeof ProjectFolder>

/** Something wrong with a Compose file, or worth knowing. */
export const ComposeProblem = z.object({
  level: z.enum(['error', 'warning']),
  message: z.string(),
  /** From 1 on; null where Compose does not say and the place was not found. */
  line: z.int().nullable(),
  /** The file it is in, where that is known. */
  file: z.string().nullable(),
})
export type ComposeProblem = z.infer<typeof ComposeProblem>

/** One service as its file defines it. */
export const ServiceDefinition = z.object({
  name: z.string(),
  image: z.string().nullable(),
  hasBuild: z.boolean(),
  profiles: z.array(z.string()),
  dependsOn: z.array(z.object({ service: z.string(), condition: z.string() })),
  /** Such as "8080:80/tcp". */
  ports: z.array(z.string()),
  /** What `up` would do with it: nothing (`same`), make it anew (`changed`) or for the first time (`new`). Null while the vm does not run. */
  change: z.enum(['same', 'changed', 'new']).nullable(),
})
export type ServiceDefinition = z.infer<typeof ServiceDefinition>

/** A Compose file looked at: whether it is right, its services as a graph, and what bringing it up would change. */
export const ProjectCheck = z.object({
  isValid: z.boolean(),
  name: z.string().nullable(),
  problems: z.array(ComposeProblem),
  services: z.array(ServiceDefinition),
  /** Services that have containers and are not in the file any more. */
  orphans: z.array(z.string()),
})
export type ProjectCheck = z.infer<typeof ProjectCheck>

/** A file of a project. */
export const ProjectFile = z.object({ path: z.string(), content: z.string(), sha256: z.string() })
export type ProjectFile = z.infer<typeof ProjectFile>

/** A project: by the name of one that has containers, or by its folder (absolute). */
export const ProjectTarget = z.union([z.object({ name: z.string().min(1).max(255) }), z.object({ folder: z.string().min(1).max(4096) })])
export type ProjectTarget = z.infer<typeof ProjectTarget>

const Target = z.object({ target: ProjectTarget })
/** Without services all of them. */
const Work = Target.extend({ services: z.array(z.string().regex(/^[a-zA-Z0-9][\w.-]*$/)).default([]), dockerConfigDir: z.string().nullable().default(null) })

/** Calls on Compose projects. What works on one is a task that tells the output of `docker compose` as it comes. */
export const projectContract = {
  list: oc.output(z.array(Project)),
  watch: oc.output(eventIterator(liveChange(Project))),
  /** Those that were opened, running or not. */
  folders: oc.output(z.array(ProjectFolder)),
  /** Their paths alone, without a look into them, and anew whenever one is opened or forgotten. */
  opened: oc.output(eventIterator(z.array(z.string()))),
  /** Remembers a folder. @throws `project.unusable` when it has no Compose file. */
  open: oc.input(z.object({ folder: z.string().min(1).max(4096) })).output(ProjectFolder),
  /** Forgets a folder; nothing of it is touched. */
  forget: oc.input(z.object({ folder: z.string() })),
  up: oc.input(Work.extend({ build: z.boolean().default(false), recreate: z.boolean().default(false), removeOrphans: z.boolean().default(false) })).output(TaskRef),
  /** Removes its containers and networks; with `volumes` also what they hold. */
  down: oc.input(Work.extend({ volumes: z.boolean().default(false), removeOrphans: z.boolean().default(false) })).output(TaskRef),
  start: oc.input(Work).output(TaskRef),
  stop: oc.input(Work).output(TaskRef),
  restart: oc.input(Work).output(TaskRef),
  pull: oc.input(Work).output(TaskRef),
  build: oc.input(Work.extend({ noCache: z.boolean().default(false) })).output(TaskRef),
  /** Looks at its files, or at `content` in place of the first of them, which need not be saved. */
  check: oc.input(Target.extend({ content: z.string().max(512 * 1024).nullable().default(null) })).output(ProjectCheck),
  /** Its Compose files. */
  read: oc.input(Target).output(z.array(ProjectFile)),
  /** Writes one of its Compose files. @throws `project.changed` when it is no longer what `expected` (sha256) says. */
  write: oc.input(Target.extend({ path: z.string(), content: z.string().max(512 * 1024), expected: z.string() })).output(ProjectFile),
  /** Lines of all its containers, those that exist in the order of their times; containers that come later are followed as well. */
  logs: oc.input(z.object({ name: z.string().min(1), services: z.array(z.string()).default([]), ...LogWish.shape })).output(eventIterator(LogBatch)),
  /** Writes what all its containers printed to a file of the host (absolute), each line behind its time and container. */
  savelogs: oc.input(z.object({ name: z.string().min(1), path: z.string() })).output(TaskRef),
}
