import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Labels, liveChange } from './live.ts'

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

/** Calls on containers. */
export const containerContract = {
  /** Every container, stopped ones included. */
  list: oc.output(z.array(Container)),
  watch: oc.output(eventIterator(liveChange(Container))),
}
