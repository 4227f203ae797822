import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { guestResources, type Architecture, type Recipe } from './recipe.ts'
import { run } from './run.ts'

/** Flags of every build of the supervisor, the unit tests' included. */
export const compilerFlags = ['-std=gnu11', '-D_GNU_SOURCE', '-Os', '-Wall', '-Wextra', '-Werror', '-fno-asynchronous-unwind-tables']

/** A guest program of ours: its folder below resources/guest. */
export type GuestProgram = 'supervisor' | 'shares' | 'port-proxy' | 'files' | 'runc' | 'iptables'

/** The C files of a program. */
export async function programSources(program: GuestProgram): Promise<string[]> {
  const folder = join(guestResources, program)
  return (await readdir(folder)).filter((name) => name.endsWith('.c')).map((name) => join(folder, name))
}

/** Compiles one static program for the guest. */
export async function buildGuestProgram(program: GuestProgram, { recipe, architecture, to }: { recipe: Recipe; architecture: Architecture; to: string }): Promise<void> {
  const { compiler } = recipe.architectures[architecture]
  await run(compiler, [...compilerFlags, '-static', '-no-pie', '-s', '-pthread', '-o', to, ...(await programSources(program)).sort()])
}
