import { implement } from '@orpc/server'
import { contextContract } from '#contract/context.ts'
import { removeContext, useContext } from '../context/docker-context.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on the user's docker context `cove`. */
export function contextHandlers({ paths }: EngineParts) {
  const os = implement(contextContract)
  return {
    use: os.use.handler(({ input }) => useContext(input.dockerConfigDir, paths.dockerSocket)),
    remove: os.remove.handler(({ input }) => removeContext(input.dockerConfigDir, paths.dockerSocket)),
  }
}
