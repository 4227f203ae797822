import { oc } from '@orpc/contract'
import { z } from 'zod'

/** What happened to the docker context. */
export const ContextResult = z.object({ name: z.string(), host: z.string(), isCurrent: z.boolean(), changed: z.boolean() })
export type ContextResult = z.infer<typeof ContextResult>

/** Calls on the user's docker context `cove`; nothing else of ~/.docker is touched. */
export const contextContract = {
  use: oc.input(z.object({ dockerConfigDir: z.string() })).output(ContextResult),
  remove: oc.input(z.object({ dockerConfigDir: z.string() })).output(ContextResult),
}
