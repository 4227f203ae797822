import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'

/** The logs Cove keeps: its own, the guest's serial console, and QEMU's output. */
export const logNames = ['engine', 'guest', 'qemu'] as const
export const LogName = z.enum(logNames)
export type LogName = z.infer<typeof LogName>

/** Calls on Cove's logs. */
export const logContract = {
  /** The last `tail` lines (all when null), then, if asked, what comes; chunks of whole lines. */
  read: oc
    .input(z.object({ name: LogName, follow: z.boolean().default(false), tail: z.int().min(0).nullable().default(null) }))
    .output(eventIterator(z.string())),
}
