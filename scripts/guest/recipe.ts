import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The processor architectures an image is built for, in Debian's words. */
export const architectures = ['amd64', 'arm64'] as const
export type Architecture = (typeof architectures)[number]

/** What differs between architectures. */
export type ArchitectureRecipe = {
  triplet: string
  loader: string
  kernelPackage: string
  /** Runs programs of the other architecture in containers (resources/guest/supervisor/foreign.c). */
  emulator: string
  compiler: string
  compilerPackages: string[]
}

/** resources/guest/recipe.json. */
export type Recipe = {
  suite: string
  packages: string[]
  excludedPaths: string[]
  architectures: Record<Architecture, ArchitectureRecipe>
  binaries: string[]
  /** Those of them that are moved to one address for good (fixed-address.ts). */
  fixedAddress: string[]
  libraries: string[]
  files: string[]
  directories: string[]
  links: Record<string, string>
  modules: { initrd: string[]; network: string[]; docker: string[]; late: string[]; kept: string[] }
  erofs: { compression: string; clusterBytes: number }
}

/** The checkout this script is part of. */
export const checkout = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** Everything the image is made from. */
export const guestResources = join(checkout, 'resources', 'guest')

/** Reads the recipe. */
export async function readRecipe(): Promise<Recipe> {
  return JSON.parse(await readFile(join(guestResources, 'recipe.json'), 'utf8')) as Recipe
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** Hashes names, modes that matter and contents of files, independent of where the checkout lies. */
export async function hashFiles(base: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of [...files].sort()) {
    const content = await readFile(file)
    hash.update(`${relative(base, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}

/** The hash an image is cached by: every file it is made from and by. */
export async function hashRecipe(): Promise<string> {
  const files = [...(await listFiles(guestResources)), ...(await listFiles(join(checkout, 'scripts', 'guest')))]
  return hashFiles(checkout, files)
}

/** The hash the unpacked packages are cached by: a changed boot script does not fetch them again. */
export function hashPackages(recipe: Recipe, architecture: Architecture, aptFiles: readonly string[]): string {
  const parts = [recipe.suite, recipe.packages, recipe.excludedPaths, recipe.architectures[architecture].kernelPackage, recipe.architectures[architecture].emulator, aptFiles]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
