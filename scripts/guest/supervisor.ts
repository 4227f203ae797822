import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { guestResources, type Architecture, type Recipe } from './recipe.ts'
import { run } from './run.ts'

/** Flags of every build of the supervisor, the unit tests' included. */
export const compilerFlags = ['-std=gnu11', '-D_GNU_SOURCE', '-Os', '-Wall', '-Wextra', '-Werror', '-fno-asynchronous-unwind-tables']

/** The supervisor's C files. */
export async function supervisorSources(): Promise<string[]> {
  const folder = join(guestResources, 'supervisor')
  return (await readdir(folder)).filter((name) => name.endsWith('.c')).map((name) => join(folder, name))
}

/** Compiles what dockerd starts for each published port; static, so that a hundred of them share every page. */
export async function buildPortProxy(recipe: Recipe, architecture: Architecture, to: string): Promise<void> {
  const { compiler } = recipe.architectures[architecture]
  await run(compiler, [...compilerFlags, '-static', '-no-pie', '-s', '-o', to, join(guestResources, 'port-proxy', 'port-proxy.c')])
}

/** Compiles our PID 1 as one static program. */
export async function buildSupervisor(recipe: Recipe, architecture: Architecture, to: string): Promise<void> {
  const { compiler } = recipe.architectures[architecture]
  await run(compiler, [...compilerFlags, '-static', '-no-pie', '-s', '-o', to, ...(await supervisorSources()).sort()])
}
