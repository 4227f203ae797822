import { z } from 'zod'

/** What one container uses at one moment; bytes moved are counted since its start. */
export const Usage = z.object({
  at: z.iso.datetime(),
  /** Of one cpu: two busy ones are 200. Null in the first sample, which has nothing to compare with. */
  cpuPercent: z.number().nullable(),
  /** Without what the kernel would give back (page cache), as `docker stats` shows it. */
  memoryBytes: z.number(),
  memoryLimitBytes: z.number(),
  receivedBytes: z.number(),
  sentBytes: z.number(),
  readBytes: z.number(),
  writtenBytes: z.number(),
  processes: z.int(),
})
export type Usage = z.infer<typeof Usage>

/** The same of several containers, by id. */
export const UsageRound = z.object({ usages: z.array(Usage.extend({ id: z.string() })) })
export type UsageRound = z.infer<typeof UsageRound>
