import { join } from 'node:path'
import { buildLaunchers } from './build/launchers.ts'
import { buildProgram, programs } from './build/program.ts'
import { buildRenderer, isRendererFresh } from './build/renderer.ts'
import { checkout } from './checkout.ts'
import { isFresh } from './setup/freshness.mjs'

/** What a build did. */
export interface BuildResult {
  /** Names of the programs that were built anew; empty when all were fresh. */
  built: string[]
  ms: number
}

/**
 * Bundles the engine, the cli, the desktop app and its window into dist/ where a source changed; about 10 ms when nothing did.
 *
 * dist/engine/engine.mjs, dist/cli/cove.mjs: launchers that turn the compile cache on, then load main.mjs beside them.
 * dist/desktop/main.mjs, preload.cjs: what Electron loads. dist/renderer: the window's page.
 * dist/bin/cove: a shell launcher for PATH. dist/guest/<arch>: the guest image (scripts/guest). dist/types: what tsc -b leaves.
 */
export async function build({ force = false }: { force?: boolean } = {}): Promise<BuildResult> {
  const began = performance.now()
  const stale = programs.filter(({ name }) => force || !isFresh(checkout, join(checkout, 'dist', name, 'inputs.json')))
  const isWindowStale = force || !isRendererFresh()
  // All of them end before the next build may begin, whichever fails.
  const results = await Promise.allSettled([...stale.map(buildProgram), ...(isWindowStale ? [buildRenderer()] : [])])
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (failures.length > 0) throw new AggregateError(failures, 'the build failed')
  if (stale.length > 0) await buildLaunchers()
  return { built: [...stale.map(({ name }) => name as string), ...(isWindowStale ? ['renderer'] : [])], ms: performance.now() - began }
}

/** Says what is wrong and where; esbuild has said so itself. */
export function tellBuildFailure(error: unknown): void {
  const failures: unknown[] = error instanceof AggregateError ? error.errors : [error]
  for (const failure of failures) {
    const isSaid = failure instanceof Error && 'errors' in failure && 'warnings' in failure
    // vite's carries the place and the lines in its message, and a stack that is all its own.
    if (!isSaid) console.error(failure instanceof Error && 'errors' in failure ? failure.message : failure)
  }
}

if (import.meta.main) {
  try {
    const { built, ms } = await build({ force: process.argv.includes('--force') })
    if (!process.argv.includes('--quiet')) console.log(built.length === 0 ? 'dist is fresh' : `built ${built.join(', ')} in ${ms.toFixed(0)} ms`)
  } catch (error) {
    tellBuildFailure(error)
    process.exitCode = 1
  }
}
