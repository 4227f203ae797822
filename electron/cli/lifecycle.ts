import type { Status } from '#contract/state.ts'
import type { CommandContext } from './context.ts'
import type { EngineUse } from './engine-access.ts'
import { Progress } from './progress.ts'

/** A contract call that changes the state of the vm. */
export type LifecycleCall = (input: undefined, options: { signal: AbortSignal }) => Promise<Status>

/** What a followed call came to. */
export interface Followed {
  before: Status
  after: Status
  elapsedMs: number
}

/** Makes a call and shows the steps it goes through. */
export async function follow(cli: CommandContext, { api, signal }: EngineUse, call: LifecycleCall): Promise<Followed> {
  const startedAt = performance.now()
  const before = await api.engine.status(undefined, { signal })
  using progress = new Progress(cli.err)
  progress.observe(before)
  const watching = new AbortController()
  const watched = observeAll({ api, progress, signal: AbortSignal.any([signal, watching.signal]) })
  try {
    const after = await call(undefined, { signal })
    watching.abort()
    await watched
    progress.observe(after)
    return { before, after, elapsedMs: performance.now() - startedAt }
  } catch (error) {
    if (!cli.signal.aborted) progress.fail()
    throw error
  } finally {
    watching.abort()
  }
}

interface Watch {
  api: EngineUse['api']
  progress: Progress
  signal: AbortSignal
}

/** Passes every status on; a watch that ends early costs only the picture, never the call. */
async function observeAll({ api, progress, signal }: Watch): Promise<void> {
  try {
    for await (const status of await api.engine.watch(undefined, { signal })) {
      if (signal.aborted) return
      progress.observe(status)
    }
  } catch {
    // The call itself reports what went wrong.
  }
}

/** Makes a call and returns as soon as the engine has taken it up; it goes on in the engine. */
export async function beginOnly({ api, signal }: EngineUse, call: LifecycleCall): Promise<Status> {
  const called = call(undefined, { signal })
  const taken = (async () => {
    for await (const status of await api.engine.watch(undefined, { signal })) {
      if (status.state !== 'off' && status.state !== 'failed') return status
    }
    return called
  })()
  called.catch(() => undefined)
  return Promise.race([called, taken])
}
