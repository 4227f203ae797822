import { implement } from '@orpc/server'
import { logContract } from '#contract/log.ts'
import { readLog } from '#base/log-reader.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on Cove's logs. */
export function logHandlers({ paths }: EngineParts) {
  const os = implement(logContract)
  return {
    read: os.read.handler(({ input, signal }) =>
      readLog({ path: paths.logs[input.name], follow: input.follow, tail: input.tail, ...(signal ? { signal } : {}) }),
    ),
  }
}
