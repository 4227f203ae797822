import { z } from 'zod'

/** One step of a build, as BuildKit tells it. */
export const BuildStep = z.object({
  id: z.string(),
  /** BuildKit's own: "[2/4] RUN make", "exporting to image". */
  name: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  isCached: z.boolean(),
  startedAt: z.iso.datetime().nullable(),
  ms: z.number().nullable(),
  error: z.string().nullable(),
  /** The end of what it printed: hostile text. */
  log: z.string(),
})
export type BuildStep = z.infer<typeof BuildStep>
