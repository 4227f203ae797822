import { join } from 'node:path'

/** The user's docker configuration folder: the variable docker reads, else ~/.docker. */
export function dockerConfigDir(env: NodeJS.ProcessEnv, home: string): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker')
}
