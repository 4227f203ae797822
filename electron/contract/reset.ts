import { oc } from '@orpc/contract'
import { z } from 'zod'

/** What a reset removes: `data` the containers, images and volumes; `all` also settings, keys, logs and the docker context. */
export const ResetScope = z.enum(['data', 'all'])
export type ResetScope = z.infer<typeof ResetScope>

/** What a path is that a reset deletes, in English; the window has words of its own for each. */
export const resetKinds = {
  dataDisk: 'data disk: all images, containers and volumes',
  savedMemory: 'memory of the sleeping vm',
  settings: 'settings',
  history: 'history',
  shareOwners: 'owners of shared files',
  dockerOptions: "options of Docker's",
  transfer: 'mark of an export or import that was cut off',
  keys: 'keys',
  run: 'files of the running vm',
  cache: 'cache',
  logs: 'logs',
  desktop: 'what the app remembers',
  lock: 'lock',
  socket: 'socket',
  context: 'docker context "cove"',
  plugin: "link to Cove's docker plug-in",
  home: 'the folder itself',
} as const
export type ResetKind = keyof typeof resetKinds

/** One path a reset deletes. */
export const ResetItem = z.object({ path: z.string(), bytes: z.number(), kind: z.enum(Object.keys(resetKinds) as [ResetKind, ...ResetKind[]]), what: z.string() })
export type ResetItem = z.infer<typeof ResetItem>

/** Calls that delete; `plan` lists exactly what `apply` will remove. */
export const resetContract = {
  plan: oc.input(z.object({ scope: ResetScope, dockerConfigDir: z.string() })).output(z.array(ResetItem)),
  /** Stops the vm and deletes; after `all` the engine process ends. */
  apply: oc.input(z.object({ scope: ResetScope, dockerConfigDir: z.string() })).output(z.array(ResetItem)),
}
