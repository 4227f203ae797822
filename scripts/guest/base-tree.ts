import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { fillSources, readMirrors } from './apt-sources.ts'
import { guestResources, hashPackages, type Architecture, type Recipe } from './recipe.ts'
import { run } from './run.ts'

/** Unpacked Debian packages: a tree of files and the checksum of every package in it. */
export type BaseTree = { root: string; checksums: string }
/** Which packages, and the folder that keeps them between runs. */
export type BaseTreeJob = { recipe: Recipe; architecture: Architecture; cache: string; say: (line: string) => void }

/* Runs while the downloaded packages are still there: what is unpacked is what is listed. */
const checksumHook = 'cd "$1/var/cache/apt/archives" && sha256sum *.deb > "$1/packages.sha256"'

async function unpack(recipe: Recipe, architecture: Architecture, into: string): Promise<void> {
  const apt = join(guestResources, 'apt')
  const sources = join(into, 'sources.list')
  await writeFile(sources, fillSources(await readFile(join(apt, 'sources.list'), 'utf8'), await readMirrors()))
  const checksums = join(into, 'packages.sha256')
  const tree = join(into, 'root')
  await run('mmdebstrap', [
    '--quiet',
    `--mode=${process.getuid?.() === 0 ? 'root' : 'unshare'}`,
    '--variant=extract',
    `--architectures=${architecture}`,
    '--format=tar',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    ...recipe.excludedPaths.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--dpkgopt=path-include=${recipe.architectures[architecture].emulator}`,
    `--setup-hook=mkdir -p "$1/etc/apt/preferences.d" && cp '${join(apt, 'preferences')}' "$1/etc/apt/preferences.d/cove"`,
    `--extract-hook=${checksumHook}`,
    `--include=${[...recipe.packages, recipe.architectures[architecture].kernelPackage].join(',')}`,
    recipe.suite,
    join(into, 'root.tar'),
    sources,
  ])
  await mkdir(tree)
  await run('tar', ['-xf', join(into, 'root.tar'), '-C', tree, '--no-same-owner', '--exclude=./dev/*'])
  await rename(join(tree, 'packages.sha256'), checksums)
  await rm(join(into, 'root.tar'))
  await rm(sources)
}

/** The unpacked packages, from the cache when the package part of the recipe has not changed. */
export async function prepareBaseTree({ recipe, architecture, cache, say }: BaseTreeJob): Promise<BaseTree> {
  const apt = join(guestResources, 'apt')
  const aptFiles = await Promise.all(['preferences', 'sources.list'].map((name) => readFile(join(apt, name), 'utf8')))
  const folder = join(cache, `packages-${hashPackages(recipe, architecture, aptFiles)}-${architecture}`)
  if (!existsSync(folder)) {
    say(`fetching and unpacking Debian packages for ${architecture} (about a minute)`)
    const unfinished = `${folder}.${process.pid}.tmp`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    await unpack(recipe, architecture, unfinished)
    await rename(unfinished, folder)
  }
  return { root: join(folder, 'root'), checksums: join(folder, 'packages.sha256') }
}
