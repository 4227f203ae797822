import { z } from 'zod'

/** One line that a container printed. */
export const ContainerLine = z.object({
  /** RFC 3339 with nanoseconds, as Docker kept it. */
  at: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  /** Hostile text, escape codes included; bytes that are no UTF-8 became U+FFFD. Of a longer line its first 64 KiB. */
  text: z.string(),
  /** How many bytes of a longer line are missing in `text`. */
  cutBytes: z.int(),
  /** The container's name, where lines of several come together; else empty. */
  container: z.string(),
})
export type ContainerLine = z.infer<typeof ContainerLine>

/** What a stream of logs yields: lines in batches, and whether more can come. */
export const LogBatch = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lines'), lines: z.array(ContainerLine) }),
  /** Everything printed so far was told; with `follow` what comes now is new. */
  z.object({ kind: z.literal('caught-up') }),
  /** The container does not run; with `follow` the stream goes on when it starts again. */
  z.object({ kind: z.literal('stopped'), container: z.string() }),
])
export type LogBatch = z.infer<typeof LogBatch>

/** Which lines. Times are RFC 3339 or seconds since 1970. */
export const LogWish = z.object({
  follow: z.boolean().default(false),
  since: z.string().max(64).nullable().default(null),
  until: z.string().max(64).nullable().default(null),
  /** The last so many; null is all. */
  tail: z.int().min(0).nullable().default(null),
  stdout: z.boolean().default(true),
  stderr: z.boolean().default(true),
})
export type LogWish = z.infer<typeof LogWish>
