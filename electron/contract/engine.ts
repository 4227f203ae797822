import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Status } from './state.ts'

/** What the vm uses at one moment, for the engine bar. */
export const Figures = z.object({
  /** Of all its cpus together, from 0 to 100; null in the first. */
  cpuPercent: z.number().nullable(),
  memoryUsedBytes: z.number(),
  memoryBytes: z.number(),
  diskUsedBytes: z.number(),
  diskBytes: z.number(),
})
export type Figures = z.infer<typeof Figures>

/** Calls on the engine itself: its state and the life of the vm. */
export const engineContract = {
  /** The present status. */
  status: oc.output(Status),
  /** The present status, then every change of it. */
  watch: oc.output(eventIterator(Status)),
  /** What the vm uses, every two seconds for as long as somebody listens; null once whenever it does not run. */
  figures: oc.output(eventIterator(Figures.nullable())),
  /** Boots the vm; resolves when Docker answers. Joins a start that is under way. */
  start: oc.output(Status),
  /** Stops the vm cleanly; cancels a start that is under way. Resolves when it is off. */
  stop: oc.output(Status),
  /** Stop, then start. */
  restart: oc.output(Status),
  /** Saves the vm's memory and ends its process; resolves when it sleeps. Any use of docker.sock wakes it, and so does `start`. */
  sleep: oc.output(Status),
  /** Stands the running vm still (before the host sleeps); Docker does not answer meanwhile. */
  pause: oc.output(Status),
  /** Lets a paused vm go on, its clock set right. */
  resume: oc.output(Status),
  /** Ends the engine process; the vm is stopped first unless `keepVm`. */
  shutdown: oc.input(z.object({ keepVm: z.boolean().default(false) })),
}
