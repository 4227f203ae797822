import { oc } from '@orpc/contract'
import { z } from 'zod'
import { Remark } from './remark.ts'

/** One folder of the host that containers can mount. */
export const ShareEntry = z.object({
  /** The folder on the host. */
  path: z.string(),
  /** Where the guest has it: the same path, except on Windows. */
  guestPath: z.string(),
  /** How the setting names it: the path, or `home` or `temp`. */
  entry: z.string(),
  /** `covered`: inside another shared folder; `off`: the vm does not run; `refused`: it can never be shared. */
  state: z.enum(['mounted', 'mounting', 'failed', 'covered', 'off', 'refused']),
  /** What serves it to the guest, or would. */
  driver: z.enum(['cove', 'virtiofs']),
  /** Why it is not mounted. */
  reason: z.string().nullable(),
  /** The same by its code and values. */
  remark: Remark.nullable().default(null),
})
export type ShareEntry = z.infer<typeof ShareEntry>

/** Calls on the folders of the host that the guest has. */
export const shareContract = {
  list: oc.output(z.array(ShareEntry)),
  /** Shares a folder from now on; in a running vm it is mounted when this resolves. */
  add: oc.input(z.object({ path: z.string() })).output(ShareEntry),
  /** Shares it no more; containers that have it mounted find it disconnected. */
  remove: oc.input(z.object({ path: z.string() })).output(z.object({ path: z.string() })),
}
