import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { withLimit } from '#base/limit.ts'

const limitMs = 30_000

/** Resolves when a file or folder that someone else removes is gone. @throws CoveError `wait.timeout` after 30 s. */
export async function untilGone(path: string, signal: AbortSignal): Promise<void> {
  using watching = new DisposableStack()
  const watcher = watching.adopt(watch(dirname(path)), (open) => open.close())
  const limit = { what: `"${path}" to be removed`, ms: limitMs, signal, hint: 'Remove it yourself.' }
  await withLimit(limit, async (own) => {
    while (existsSync(path)) await once(watcher, 'change', { signal: own })
  })
}
