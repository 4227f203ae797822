import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { BuildStep } from './build-step.ts'
import { liveChange } from './live.ts'
import { ToldError } from './told-error.ts'

/** What a call answers that begins something long: watch it with `task.follow`, end it with `task.cancel`. It goes on when the caller leaves. */
export const TaskRef = z.object({ task: z.int() })
export type TaskRef = z.infer<typeof TaskRef>

/** One piece of work: while it runs and, from the store, how it ended. */
export const TaskEntry = z.object({
  id: z.int(),
  /** What is done, `noun.verb`: image.pull, project.up, build.start, …; the engine's own are start, stop, sleep and their kin. */
  name: z.string(),
  /** What it is done to: an image's name, a project, a folder; empty where the name says it all. */
  subject: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  outcome: z.enum(['running', 'done', 'failed', 'cancelled', 'lost']),
  error: z.string().nullable(),
  isCancellable: z.boolean(),
  /** From 0 to 1; null while nobody knows. */
  progress: z.number().nullable(),
})
export type TaskEntry = z.infer<typeof TaskEntry>

/** How far one layer of a pull or push is; Docker's words. */
export const LayerProgress = z.object({
  id: z.string(),
  /** Waiting, Downloading, Extracting, Pull complete, Already exists, Pushing, Pushed, … */
  status: z.string(),
  currentBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
})
export type LayerProgress = z.infer<typeof LayerProgress>

/** What a task tells: first what it told so far (of long output the end), then as it happens, and `end` last. */
export const TaskEvent = z.discriminatedUnion('kind', [
  /** Lines that a program printed. */
  z.object({ kind: z.literal('output'), text: z.string() }),
  /** Layers that changed. */
  z.object({ kind: z.literal('layers'), layers: z.array(LayerProgress) }),
  /** Build steps that changed; the same `id` replaces the former one. */
  z.object({ kind: z.literal('steps'), steps: z.array(BuildStep) }),
  z.object({ kind: z.literal('progress'), what: z.string(), doneBytes: z.number(), totalBytes: z.number().nullable() }),
  z.object({
    kind: z.literal('end'),
    outcome: z.enum(['done', 'failed', 'cancelled', 'lost']),
    error: ToldError.nullable(),
    /** What came of it, as the call that began it says: a container's or image's id, a path, bytes. */
    result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
])
export type TaskEvent = z.infer<typeof TaskEvent>

/** Calls on long pieces of work. */
export const taskContract = {
  /** Newest first, those that run among them. */
  list: oc.input(z.object({ limit: z.int().min(1).max(1000).default(100) })).output(z.array(TaskEntry)),
  /** The tasks that run, then those that changed; one that ended comes once more with its outcome and is then removed. */
  watch: oc.output(eventIterator(liveChange(TaskEntry))),
  /** Ends with the task. Leaving does not end the task. @throws `task.unknown`. */
  follow: oc.input(z.object({ task: z.int() })).output(eventIterator(TaskEvent)),
  /** Resolves when it has ended. @throws `task.unknown`. */
  cancel: oc.input(z.object({ task: z.int() })).output(TaskEntry),
}
