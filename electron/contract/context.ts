import { oc } from '@orpc/contract'
import { z } from 'zod'

/** A plug-in of docker's in its own folder: our link, or something of the user's that was left alone. */
export const PluginLink = z.object({ name: z.string(), path: z.string(), isOurs: z.boolean() })
export type PluginLink = z.infer<typeof PluginLink>

/** What happened to the docker context, and to docker's plug-ins where that was asked for. */
export const ContextResult = z.object({
  name: z.string(),
  host: z.string(),
  isCurrent: z.boolean(),
  changed: z.boolean(),
  plugins: z.array(PluginLink).exactOptional(),
})
export type ContextResult = z.infer<typeof ContextResult>

/** Calls on the user's docker context `cove`; nothing else of ~/.docker is touched unless asked for. */
export const contextContract = {
  /** `plugins`: also link Cove's compose and buildx where docker has none. */
  use: oc.input(z.object({ dockerConfigDir: z.string(), plugins: z.boolean().exactOptional() })).output(ContextResult),
  remove: oc.input(z.object({ dockerConfigDir: z.string() })).output(ContextResult),
}
