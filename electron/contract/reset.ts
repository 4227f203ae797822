import { oc } from '@orpc/contract'
import { z } from 'zod'

/** What a reset removes: `data` the containers, images and volumes; `all` also settings, keys, logs and the docker context. */
export const ResetScope = z.enum(['data', 'all'])
export type ResetScope = z.infer<typeof ResetScope>

/** One path a reset deletes. */
export const ResetItem = z.object({ path: z.string(), bytes: z.number(), what: z.string() })
export type ResetItem = z.infer<typeof ResetItem>

/** Calls that delete; `plan` lists exactly what `apply` will remove. */
export const resetContract = {
  plan: oc.input(z.object({ scope: ResetScope, dockerConfigDir: z.string() })).output(z.array(ResetItem)),
  /** Stops the vm and deletes; after `all` the engine process ends. */
  apply: oc.input(z.object({ scope: ResetScope, dockerConfigDir: z.string() })).output(z.array(ResetItem)),
}
