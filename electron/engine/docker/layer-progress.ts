import { z } from 'zod'
import type { LayerProgress } from '#contract/task.ts'

/** One line of Docker's answer to a pull, push, load or build. */
const Line = z.object({
  id: z.string().nullish(),
  status: z.string().nullish(),
  stream: z.string().nullish(),
  progressDetail: z.object({ current: z.number(), total: z.number() }).partial().nullish(),
  error: z.string().nullish(),
  errorDetail: z.object({ message: z.string() }).partial().nullish(),
  aux: z.record(z.string(), z.unknown()).nullish(),
})

/** What one line says: of a layer, in words, that it failed, or what came of it. */
export interface ProgressNews {
  layer?: LayerProgress
  text?: string
  error?: string
  aux?: Record<string, unknown>
}

/** Reads one line; undefined for what says nothing. */
export function progressNews(value: unknown): ProgressNews | undefined {
  const line = Line.safeParse(value).data
  if (!line) return undefined
  const error = line.errorDetail?.message ?? line.error
  if (error) return { error }
  if (line.aux) return { aux: line.aux }
  if (line.stream) return { text: line.stream }
  if (!line.status) return undefined
  // "Pulling from library/alpine" has the tag as its id: no layer's is one.
  if (!line.id || !/^[0-9a-f]{12}$/.test(line.id)) return { text: `${line.status}\n` }
  const { current, total } = line.progressDetail ?? {}
  return { layer: { id: line.id, status: line.status, currentBytes: current ?? null, totalBytes: total ?? null } }
}
