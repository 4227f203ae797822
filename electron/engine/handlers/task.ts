import { implement } from '@orpc/server'
import { taskContract } from '#contract/task.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on long pieces of work. */
export function taskHandlers({ tasks }: EngineParts) {
  const os = implement(taskContract)
  return {
    list: os.list.handler(({ input }) => tasks.list(input.limit)),
    watch: os.watch.handler(({ signal = new AbortController().signal }) => tasks.watch(signal)),
    follow: os.follow.handler(({ input, signal = new AbortController().signal }) => tasks.follow(input.task, signal)),
    cancel: os.cancel.handler(({ input }) => tasks.cancel(input.task)),
  }
}
