import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { resetKinds, type ResetItem, type ResetKind, type ResetScope } from '#contract/reset.ts'
import type { CovePaths } from '#base/paths.ts'
import { ownPlugins } from '../context/cli-plugins.ts'
import { ownContextDir } from '../context/docker-context.ts'

/** Exactly what a reset of this scope removes, with what each thing is; only what exists. */
export async function planReset(paths: CovePaths, options: { scope: ResetScope; dockerConfigDir: string }): Promise<ResetItem[]> {
  const wanted: [path: string, kind: ResetKind][] = [[paths.diskDir, 'dataDisk'], [paths.savedDir, 'savedMemory']]
  if (options.scope === 'all') {
    wanted.push(...(await homeFiles(paths)))
    const context = await ownContextDir(options.dockerConfigDir)
    if (context !== undefined) wanted.push([context, 'context'])
    for (const path of await ownPlugins(options.dockerConfigDir)) wanted.push([path, 'plugin'])
    if (await isOwnAlone(paths)) wanted.push([paths.home, 'home'])
  }
  const items: ResetItem[] = []
  for (const [path, kind] of new Map(wanted)) {
    const bytes = path === paths.home ? 0 : await allocatedBytes(path)
    if (bytes !== undefined) items.push({ path, bytes, kind, what: resetKinds[kind] })
  }
  return items
}

/** Removes the planned paths. The vm must be off. @throws CoveError `file.unwritable` naming what is left. */
export async function removeItems(items: readonly ResetItem[]): Promise<void> {
  for (const { path } of items) await remove(path)
}

/** Removes what Cove made in its home, its lock last, and the home itself if nothing else is in it: it may be a folder of the user's. */
export async function removeHomeFiles(paths: CovePaths, lock: Disposable): Promise<void> {
  const files = (await homeFiles(paths)).map(([path]) => path)
  for (const path of files) if (path !== paths.engineLock) await remove(path)
  // Windows removes no file that is open. From here on the home may be another engine's.
  lock[Symbol.dispose]()
  await remove(paths.engineLock)
  await rmdir(paths.home).catch(() => undefined)
}

/** What Cove made in its home, the files kept aside and those of an interrupted write included. */
async function homeFiles(paths: CovePaths): Promise<[path: string, kind: ResetKind][]> {
  const kinds: [path: string, kind: ResetKind][] = [
    [paths.diskDir, 'dataDisk'],
    [paths.savedDir, 'savedMemory'],
    [paths.settingsFile, 'settings'],
    [paths.storeFile, 'history'],
    [paths.shareOwnersFile, 'shareOwners'],
    [paths.dockerOptionsDir, 'dockerOptions'],
    [paths.transferJournal, 'transfer'],
    [paths.keysDir, 'keys'],
    [paths.runDir, 'run'],
    [paths.cacheDir, 'cache'],
    [paths.logsDir, 'logs'],
    [paths.desktopDir, 'desktop'],
    [paths.engineLock, 'lock'],
    [paths.engineSocket, 'socket'],
    [paths.dockerSocket, 'socket'],
  ]
  const names = await readdir(paths.home).catch(() => [])
  return names.flatMap((name) => {
    const kind = kinds.find(([path]) => name === basename(path) || name.startsWith(`${basename(path)}.`) || name.startsWith(`${basename(path)}-`))?.[1]
    return kind === undefined ? [] : [[join(paths.home, name), kind]]
  })
}

/** Whether the home holds nothing but what Cove made. */
async function isOwnAlone(paths: CovePaths): Promise<boolean> {
  const names = await readdir(paths.home).catch(() => undefined)
  return names !== undefined && names.length === (await homeFiles(paths)).length
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    throw new CoveError('file.unwritable', { message: `cannot remove "${path}": ${toCoveError(error).message}`, about: { path }, hint: 'Close what uses it, check its permissions, then try again.', cause: error })
  }
}

/** Bytes a file or tree takes on the host, links not followed; undefined when it does not exist. */
async function allocatedBytes(path: string): Promise<number | undefined> {
  const info = await lstat(path).catch(() => undefined)
  if (!info) return undefined
  if (!info.isDirectory()) return info.blocks * 512
  const sizes = await Promise.all((await readdir(path).catch(() => [])).map((name) => allocatedBytes(join(path, name))))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}
