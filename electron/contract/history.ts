import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'

/** One remembered change of the engine. */
export const EngineEvent = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  kind: z.string(),
  detail: z.record(z.string(), z.unknown()),
})
export type EngineEvent = z.infer<typeof EngineEvent>

/** One piece of work and how it ended. */
export const Task = z.object({
  id: z.int(),
  name: z.string(),
  /** What it was done to; empty where the name says it all. */
  subject: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  outcome: z.enum(['running', 'done', 'failed', 'cancelled', 'lost']),
  error: z.string().nullable(),
})
export type Task = z.infer<typeof Task>

/** Calls on what the store remembers, newest first. */
export const historyContract = {
  /** With `before`, only those older than the event with this id: the next page. */
  events: oc
    .input(z.object({ limit: z.int().min(1).max(1000).default(100), before: z.int().min(0).optional() }))
    .output(z.array(EngineEvent)),
  /** Every event after the one with this id, those already there first, then as they happen. */
  watch: oc.input(z.object({ after: z.int().min(0) })).output(eventIterator(EngineEvent)),
  tasks: oc.input(z.object({ limit: z.int().min(1).max(1000).default(100) })).output(z.array(Task)),
}
