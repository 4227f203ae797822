import { lstat, readdir, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ResetItem, ResetScope } from '#contract/reset.ts'
import type { CovePaths } from '#base/paths.ts'
import { ownContextDir } from '../context/docker-context.ts'

/** Exactly what a reset of this scope removes, with what each thing is; only what exists. */
export async function planReset(paths: CovePaths, options: { scope: ResetScope; dockerConfigDir: string }): Promise<ResetItem[]> {
  const wanted: [path: string, what: string][] = [[paths.diskDir, 'data disk: all images, containers and volumes']]
  if (options.scope === 'all') {
    const context = await ownContextDir(options.dockerConfigDir)
    if (context !== undefined) wanted.push([context, 'docker context "cove"'])
    wanted.push([paths.home, 'everything else of Cove: settings, keys, history, logs'])
  }
  const items: ResetItem[] = []
  for (const [path, what] of wanted) {
    const bytes = await allocatedBytes(path)
    // The home counts without what is listed by itself already.
    const listed = items.filter((item) => item.path.startsWith(path + sep)).reduce((sum, item) => sum + item.bytes, 0)
    if (bytes !== undefined) items.push({ path, bytes: bytes - listed, what })
  }
  return items
}

/** Removes the planned paths. The vm must be off. */
export async function removeItems(items: readonly ResetItem[]): Promise<void> {
  for (const { path } of items) await rm(path, { recursive: true, force: true })
}

/** Bytes a file or tree takes on the host, links not followed; undefined when it does not exist. */
async function allocatedBytes(path: string): Promise<number | undefined> {
  const info = await lstat(path).catch(() => undefined)
  if (!info) return undefined
  if (!info.isDirectory()) return info.blocks * 512
  const sizes = await Promise.all((await readdir(path)).map((name) => allocatedBytes(join(path, name))))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}
