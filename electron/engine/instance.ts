import { watch } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { withLimit } from '#base/limit.ts'
import type { CovePaths } from '#base/paths.ts'
import { takeInstanceLock } from './store/instance-lock.ts'

const waitMs = 15_000

/**
 * Makes this process the engine of its home, or waits until the one that is answers on engine.sock (then undefined).
 * Covers an engine that is just starting and one that is just ending.
 * @throws CoveError `engine.start-failed` when the holder of the lock does neither in 15 s.
 */
export async function claimHome(paths: CovePaths, nativeBinding?: string): Promise<Disposable | undefined> {
  const changes = new AbortController()
  // Windows pipes raise no file event; there the lock file does.
  using _stop = { [Symbol.dispose]: () => changes.abort() }
  const watcher = watch(paths.home, { signal: changes.signal })
  watcher.on('error', () => undefined)
  const limit = { what: `the engine that holds "${paths.engineLock}" to listen or end`, ms: waitMs, code: 'engine.start-failed' as const }
  return withLimit({ ...limit, hint: `See ${paths.logs.engine}` }, async (signal) => {
    for (;;) {
      const change = once(watcher, 'change', { signal })
      change.catch(() => undefined)
      const lock = takeInstanceLock(paths.engineLock, nativeBinding)
      if (lock) return lock
      if (await answers(paths.engineSocket)) return undefined
      await change
    }
  })
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
