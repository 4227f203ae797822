import { implement } from '@orpc/server'
import { historyContract } from '#contract/history.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on what the store remembers. */
export function historyHandlers({ store }: EngineParts) {
  const os = implement(historyContract)
  return {
    events: os.events.handler(({ input }) => store.events(input.limit, input.before)),
    watch: os.watch.handler(({ input, signal }) => store.watchEvents(input.after, signal)),
    tasks: os.tasks.handler(({ input }) => store.tasks(input.limit)),
  }
}
