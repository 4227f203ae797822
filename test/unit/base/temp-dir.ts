import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { covePaths, type CovePaths } from '#base/paths.ts'

/** A folder that vanishes with its scope. */
export interface TempDir extends AsyncDisposable {
  path: string
  /** A path inside. */
  at(...names: string[]): string
}

/** Makes a private folder, short enough for unix sockets below it. */
export function tempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), 'cove-u-'))
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** A COVE_HOME of its own (not yet made) that vanishes with its scope. */
export function tempHome(): TempDir & { paths: CovePaths } {
  const dir = tempDir()
  return { ...dir, paths: covePaths(dir.at('h')) }
}
