import { implement } from '@orpc/server'
import { daemonContract } from '#contract/daemon.ts'
import type { EngineParts } from '../parts.ts'
import { reach } from '../work/reach.ts'

/** Calls on Docker's own options. */
export function daemonHandlers(parts: EngineParts) {
  const os = implement(daemonContract)
  const { daemonOptions, life } = parts
  return {
    get: os.get.handler(() => daemonOptions.get()),
    check: os.check.handler(({ input, signal = AbortSignal.timeout(checkMs) }) => daemonOptions.check(input.text, { isRunning: life.maybeSession !== undefined, signal })),
    set: os.set.handler(({ input, signal }) => reach(parts, signal, (reached) => daemonOptions.set(input.text, reached.signal))),
    undo: os.undo.handler(({ signal }) => reach(parts, signal, (reached) => daemonOptions.undo(reached.signal))),
  }
}

const checkMs = 60_000
