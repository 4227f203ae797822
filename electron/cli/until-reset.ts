import { EventEmitter, once } from 'node:events'
import { existsSync, readdirSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { withLimit } from '#base/limit.ts'
import type { CovePaths } from '#base/paths.ts'

const limitMs = 30_000

/**
 * Resolves when the engine has removed all that Cove made in its home: the lock goes last, then the home itself unless
 * the user keeps files of their own in it.
 * @throws CoveError `wait.timeout` after 30 s.
 */
export async function untilReset({ home, engineLock }: CovePaths, signal: AbortSignal): Promise<void> {
  using watching = new DisposableStack()
  const changes = new EventEmitter<{ change: [] }>()
  for (const folder of [dirname(home), home]) {
    // One that is gone already has nothing more to tell.
    if (existsSync(folder)) watching.adopt(watch(folder, () => changes.emit('change')).on('error', () => undefined), (watcher) => watcher.close())
  }
  const limit = { what: `"${home}" to be removed`, ms: limitMs, signal, hint: 'Remove it yourself.' }
  await withLimit(limit, async (own) => {
    while (isLeft(home, engineLock)) await once(changes, 'change', { signal: own })
  })
}

function isLeft(home: string, engineLock: string): boolean {
  if (existsSync(engineLock)) return true
  try {
    return readdirSync(home).length === 0
  } catch {
    return false
  }
}
