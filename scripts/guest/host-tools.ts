import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

import type { Architecture, Recipe } from './recipe.ts'

const packageOfTool: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  'mkfs.erofs': 'erofs-utils',
  depmod: 'kmod',
  xz: 'xz-utils',
  zstd: 'zstd',
  tar: 'tar',
}

/** Finds a program in PATH or where administrators' programs live. */
export async function findTool(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  for (const folder of folders) {
    const path = join(folder, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}

/** Debian packages whose tools the build needs and this machine lacks. */
export async function missingPackages(recipe: Recipe, architecture: Architecture): Promise<string[]> {
  const { compiler, compilerPackages } = recipe.architectures[architecture]
  const needed: [string, string[]][] = Object.entries(packageOfTool).map(([tool, name]) => [tool, [name]])
  const missing = await Promise.all(
    [...needed, [compiler, compilerPackages] as [string, string[]]].map(async ([tool, names]) => ((await findTool(tool)) ? [] : names)),
  )
  return missing.flat()
}
