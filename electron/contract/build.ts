import { oc } from '@orpc/contract'
import { z } from 'zod'
import { BuildStep } from './build-step.ts'
import { TaskRef } from './task.ts'

/** Where in a Dockerfile a build failed, with the lines around it. */
export const BuildFailure = z.object({
  file: z.string(),
  line: z.int(),
  excerpt: z.array(z.object({ line: z.int(), text: z.string(), isFailing: z.boolean() })),
})
export type BuildFailure = z.infer<typeof BuildFailure>

/** One build that ended. */
export const Build = z.object({
  id: z.int(),
  folder: z.string(),
  dockerfile: z.string(),
  target: z.string().nullable(),
  tags: z.array(z.string()),
  startedAt: z.iso.datetime(),
  ms: z.number(),
  outcome: z.enum(['done', 'failed', 'cancelled']),
  error: z.string().nullable(),
  failure: BuildFailure.nullable(),
  stepCount: z.int(),
  /** Share of its steps that came from the cache, from 0 to 1. */
  cachedShare: z.number(),
  imageId: z.string().nullable(),
})
export type Build = z.infer<typeof Build>

/** Calls on builds. */
export const buildContract = {
  /** Builds a host folder (absolute). Tells its steps as they go; the result has `image` and `build`, its id in the history. */
  start: oc
    .input(
      z.object({
        folder: z.string().min(1).max(4096),
        /** In that folder, or absolute; null is its Dockerfile. */
        dockerfile: z.string().max(4096).nullable().default(null),
        tags: z.array(z.string().min(1)).default([]),
        target: z.string().nullable().default(null),
        args: z.array(z.object({ name: z.string().regex(/^[A-Za-z_]\w*$/), value: z.string() })).default([]),
        platform: z.string().nullable().default(null),
        noCache: z.boolean().default(false),
        pull: z.boolean().default(false),
        dockerConfigDir: z.string().nullable().default(null),
      }),
    )
    .output(TaskRef),
  /** Those that ended, newest first. */
  list: oc.input(z.object({ limit: z.int().min(1).max(200).default(50) })).output(z.array(Build)),
  /** @throws `build.unknown`. */
  get: oc.input(z.object({ id: z.int() })).output(z.object({ build: Build, steps: z.array(BuildStep) })),
  /** Dockerfiles of a folder and the stages of each, to choose from. */
  files: oc.input(z.object({ folder: z.string().min(1).max(4096) })).output(z.array(z.object({ path: z.string(), stages: z.array(z.string()), args: z.array(z.object({ name: z.string(), default: z.string().nullable() })) }))),
}
