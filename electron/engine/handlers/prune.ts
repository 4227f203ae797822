import { implement } from '@orpc/server'
import { pruneContract } from '#contract/prune.ts'
import type { EngineParts } from '../parts.ts'
import { prune, unused } from '../work/prune.ts'
import { reach } from '../work/reach.ts'

/** Calls that remove what nothing uses. */
export function pruneHandlers(parts: EngineParts) {
  const os = implement(pruneContract)
  return {
    preview: os.preview.handler(({ signal }) => reach(parts, signal, ({ api }) => unused(api))),
    apply: os.apply.handler(({ input }) => parts.tasks.start(prune(parts, input))),
  }
}
