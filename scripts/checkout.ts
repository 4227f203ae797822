import { homedir } from 'node:os'
import { join } from 'node:path'

/** The repository's root folder. */
export const checkout: string = join(import.meta.dirname, '..')

/** Where downloads and images are kept between builds: COVE_BUILD_CACHE, else below the user's cache folder. */
export function buildCache(env: NodeJS.ProcessEnv = process.env): string {
  return env['COVE_BUILD_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cove-build')
}
