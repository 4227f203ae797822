import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { EngineEvent } from './history.ts'

/** Which of what happened; without anything all of it. */
export const ActivityFilter = z.object({
  /** Beginnings of kinds: `container` takes every event of containers, `container.exited` one of them. */
  kinds: z.array(z.string().regex(/^[a-z]+(\.[a-zA-Z-]+)?$/)).default([]),
  /** Part of a name or of any detail. */
  text: z.string().max(200).default(''),
})
export type ActivityFilter = z.infer<typeof ActivityFilter>

/**
 * Calls on what happened, kept across restarts: the engine's states (`engine.*`, `vm.*`, `guest.*`, `tunnel.*`, `disk.*` (of which `.nearly-full`, `.full` and `.has-room` name the `disk`: host or vm), `port.*`, `transfer.*`) and
 * Docker's events: `container.started`, `.exited` (with `exitCode`, and `asked` where somebody ended it or sat before it), `.oom-killed`, `.health` (with `health`), `.removed`; `image.pulled`, `.removed`;
 * `volume.created`, `.removed`; `network.created`, `.removed`. The same thing over and over is one entry with `repeated`.
 */
export const activityContract = {
  /** Newest first; with `before`, only those older than the event with this id. */
  list: oc.input(ActivityFilter.extend({ limit: z.int().min(1).max(1000).default(100), before: z.int().min(0).nullable().default(null) })).output(z.array(EngineEvent)),
  /** Every event after the one with this id, those already there first. */
  watch: oc.input(ActivityFilter.extend({ after: z.int().min(0) })).output(eventIterator(EngineEvent)),
}
