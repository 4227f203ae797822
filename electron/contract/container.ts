import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { LogBatch, LogWish } from './container-log.ts'
import { RunSpec } from './container-run.ts'
import { FileChange, FileContent, FolderListing, InnerPath, maxFileBytes } from './file.ts'
import { Labels, liveChange } from './live.ts'
import { TaskRef } from './task.ts'
import { Usage, UsageRound } from './usage.ts'

/** A port of a container; `hostIp` and `hostPort` only when it is published. */
export const ContainerPort = z.object({
  protocol: z.string(),
  containerPort: z.int(),
  hostIp: z.string().nullable(),
  hostPort: z.int().nullable(),
})
export type ContainerPort = z.infer<typeof ContainerPort>

/** What is mounted into a container. */
export const ContainerMount = z.object({
  /** bind, volume, tmpfs, … */
  type: z.string(),
  /** A volume's name; empty for others. */
  volume: z.string(),
  source: z.string(),
  target: z.string(),
  isWritable: z.boolean(),
})
export type ContainerMount = z.infer<typeof ContainerMount>

/** One container as the live model keeps it. */
export const Container = z.object({
  id: z.string(),
  name: z.string(),
  /** As it was named when the container was made. */
  image: z.string(),
  imageId: z.string(),
  command: z.string(),
  createdAt: z.iso.datetime(),
  /** Docker's own word: created, running, paused, restarting, exited, removing or dead. */
  state: z.string(),
  /** Docker's sentence about the state, such as "Exited (1) 2 hours ago"; exact when the state last changed. */
  status: z.string(),
  /** How the last process ended; null while it runs or when it never ran. */
  exitCode: z.int().nullable(),
  health: z.enum(['starting', 'healthy', 'unhealthy']).nullable(),
  networkMode: z.string(),
  networks: z.array(z.string()),
  ports: z.array(ContainerPort),
  mounts: z.array(ContainerMount),
  labels: Labels,
})
export type Container = z.infer<typeof Container>

/** One variable of a container's environment. */
export const EnvVariable = z.object({
  name: z.string(),
  /** Null when it looks like a secret and was not asked to be revealed. */
  value: z.string().nullable(),
  isSecret: z.boolean(),
})
export type EnvVariable = z.infer<typeof EnvVariable>

/** One container in detail. */
export const ContainerDetail = z.object({
  id: z.string(),
  name: z.string(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  isRunning: z.boolean(),
  hasTty: z.boolean(),
  /** The kernel ended it for want of memory. */
  isOomKilled: z.boolean(),
  exitCode: z.int(),
  /** Why Docker could not start it; empty when it could. */
  error: z.string(),
  restartCount: z.int(),
  env: z.array(EnvVariable),
  /** Docker's own inspection; in its environment what looks like a secret is `***` unless revealed. */
  raw: z.record(z.string(), z.unknown()),
})
export type ContainerDetail = z.infer<typeof ContainerDetail>

/** What is lost with a container. */
export const ContainerLoss = z.object({
  id: z.string(),
  name: z.string(),
  isRunning: z.boolean(),
  /** Bytes written to its own layer; null where Docker does not say. */
  ownBytes: z.number().nullable(),
  /** Volumes without a name of their own, which go along when asked. */
  anonymousVolumes: z.array(z.string()),
  /** Volumes and host folders that stay. */
  kept: z.array(z.string()),
})
export type ContainerLoss = z.infer<typeof ContainerLoss>

/** A container by its id, a unique beginning of it, or its name. */
const One = z.object({ id: z.string().min(1).max(255) })

/** Calls on containers. Those that change one resolve when Docker has done it; the live model tells the rest. */
export const containerContract = {
  /** Every container, stopped ones included. */
  list: oc.output(z.array(Container)),
  watch: oc.output(eventIterator(liveChange(Container))),
  get: oc.input(One.extend({ reveal: z.boolean().default(false) })).output(ContainerDetail),
  start: oc.input(One),
  /** Asks it to end, and forces it after `timeoutS` (Docker's default is 10). */
  stop: oc.input(One.extend({ timeoutS: z.int().min(0).max(3600).nullable().default(null) })),
  restart: oc.input(One.extend({ timeoutS: z.int().min(0).max(3600).nullable().default(null) })),
  pause: oc.input(One),
  unpause: oc.input(One),
  kill: oc.input(One.extend({ signal: z.string().regex(/^(SIG)?[A-Z0-9+]{1,10}$/).default('SIGKILL') })),
  rename: oc.input(One.extend({ name: z.string().min(1).max(255) })),
  /** What a removal takes along. */
  loss: oc.input(One).output(ContainerLoss),
  remove: oc.input(One.extend({ force: z.boolean().default(false), volumes: z.boolean().default(false) })),
  /** Makes it without starting it. @throws `docker.not-found` when the image is not here. */
  create: oc.input(z.object({ spec: RunSpec })).output(z.object({ id: z.string(), warnings: z.array(z.string()) })),
  /** Makes and starts it; pulls the image first where it is missing. The result has `id`. */
  run: oc.input(z.object({ spec: RunSpec, dockerConfigDir: z.string().nullable().default(null) })).output(TaskRef),
  /** The `docker run` that does the same. */
  command: oc.input(z.object({ spec: RunSpec })).output(z.object({ command: z.string(), words: z.array(z.string()) })),
  /** What would make another container like this one: to clone and edit. Holds its secrets. */
  spec: oc.input(One).output(RunSpec),
  /** Ends with the log, or with `follow` when the container is removed. */
  logs: oc.input(One.extend(LogWish.shape)).output(eventIterator(LogBatch)),
  /** Writes the log to a host file (absolute; never overwrites). The result has `path` and `bytes`. */
  savelogs: oc.input(One.extend({ path: z.string(), timestamps: z.boolean().default(true) })).output(TaskRef),
  /** What it uses, once a second while it runs; waits while it does not. */
  stats: oc.input(One).output(eventIterator(Usage)),
  /** What all that run use, every two seconds. */
  usage: oc.output(eventIterator(UsageRound)),
  /** What the store remembers of the last hour, oldest first. */
  samples: oc.input(One).output(z.array(Usage)),
  /** A folder of it, running or stopped. */
  files: oc.input(One.extend({ path: InnerPath.default('/') })).output(FolderListing),
  /** Everything that differs from the image, at most 50,000 paths. */
  changes: oc.input(One).output(z.array(FileChange)),
  /** A file's beginning, links followed. */
  read: oc.input(One.extend({ path: InnerPath, limitBytes: z.int().min(1).max(maxFileBytes).default(maxFileBytes) })).output(FileContent),
  /** Writes a file; one that is there keeps its owner and mode. */
  write: oc.input(One.extend({ path: InnerPath, encoding: z.enum(['utf8', 'base64']).default('utf8'), content: z.string().max(maxFileBytes * 1.4) })),
  /** A file or folder of it as a tar on the host (absolute path; never overwrites). The result has `path` and `bytes`. */
  download: oc.input(One.extend({ path: InnerPath, to: z.string() })).output(TaskRef),
  /** Host files and folders (absolute paths) into a folder of it. The result has `files` and `bytes`. */
  upload: oc.input(One.extend({ from: z.array(z.string()).min(1).max(1000), path: InnerPath })).output(TaskRef),
}
