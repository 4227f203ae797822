import { watch } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { withLimit } from '#base/limit.ts'
import type { CovePaths } from '#base/paths.ts'
import { takeInstanceLock } from './store/instance-lock.ts'

const waitMs = 15_000
/** A holder that was killed tells nobody; this is how late that is noticed. */
const killedMs = 1000

/**
 * Makes this process the engine of its home, or waits until the one that is answers on engine.sock (then undefined).
 * Covers an engine that is just starting and one that is just ending.
 * @throws CoveError `engine.start-failed` when the holder of the lock does neither in 15 s.
 */
export async function claimHome(paths: CovePaths, nativeBinding?: string): Promise<Disposable | undefined> {
  // Nearly always the lock is free: then nothing has to be watched.
  const lock = takeInstanceLock(paths.engineLock, nativeBinding)
  if (lock) return lock
  // Windows pipes raise no file event; there the touched lock file does.
  const watcher = watch(paths.home)
  watcher.on('error', () => undefined)
  using _watching = { [Symbol.dispose]: () => watcher.close() }
  const limit = { what: `the engine that holds "${paths.engineLock}" to listen or end`, ms: waitMs, code: 'engine.start-failed' as const }
  return await withLimit({ ...limit, hint: `See ${paths.logs.engine}` }, async (signal) => {
    while (!signal.aborted) {
      const change = once(watcher, 'change', { signal: AbortSignal.any([signal, AbortSignal.timeout(killedMs)]) })
      change.catch(() => undefined)
      const free = takeInstanceLock(paths.engineLock, nativeBinding)
      if (free) return free
      if (await answers(paths.engineSocket)) return undefined
      await change.catch(() => undefined)
    }
    return undefined
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
