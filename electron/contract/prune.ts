import { oc } from '@orpc/contract'
import { z } from 'zod'
import { TaskRef } from './task.ts'

/** Something that nothing uses. */
export const UnusedItem = z.object({
  id: z.string(),
  name: z.string(),
  /** What its removal frees; of an image its own layers. Null where Docker does not say. */
  bytes: z.number().nullable(),
})
export type UnusedItem = z.infer<typeof UnusedItem>

/** What could go, kind by kind. */
export const Unused = z.object({
  /** Those that do not run. */
  containers: z.array(UnusedItem),
  /** Without a name and without a container. */
  danglingImages: z.array(UnusedItem),
  /** With a name, yet without a container. */
  unusedImages: z.array(UnusedItem),
  /** That no container has, stopped ones included. Their contents are lost. */
  volumes: z.array(UnusedItem),
  networks: z.array(UnusedItem),
  /** Of builds. */
  buildCacheBytes: z.number(),
})
export type Unused = z.infer<typeof Unused>

/** Calls that remove what nothing uses: `preview` lists what there is, `apply` removes exactly what it is given and is still unused. */
export const pruneContract = {
  preview: oc.output(Unused),
  /** The result has `removed`, `kept` (in use by now) and `freedBytes` as Docker counts them. */
  apply: oc
    .input(
      z.object({
        containers: z.array(z.string()).default([]),
        images: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        networks: z.array(z.string()).default([]),
        buildCache: z.boolean().default(false),
      }),
    )
    .output(TaskRef),
}
