import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { prepareBaseTree } from './base-tree.ts'
import { missingPackages } from './host-tools.ts'
import { buildImage } from './image.ts'
import type { Manifest } from './manifest.ts'
import { architectures, checkout, hashRecipe, readRecipe, type Architecture } from './recipe.ts'

/** What to build. */
export type BuildOptions = { architecture: Architecture; force?: boolean; say?: (line: string) => void }

/** The folder that keeps built images and unpacked packages between runs. */
export function cacheFolder(): string {
  const { COVE_BUILD_CACHE: own, XDG_CACHE_HOME: shared } = process.env
  return join(own || join(shared || join(homedir(), '.cache'), 'cove-build'), 'guest')
}

function describe({ arch, kernelVersion, dockerVersion, artefacts }: Manifest): string {
  const megabytes = (artefacts.kernel.bytes + artefacts.initrd.bytes + artefacts.root.bytes) / 1e6
  return `${arch}: Linux ${kernelVersion}, Docker ${dockerVersion}, ${megabytes.toFixed(1)} MB`
}

async function pointTo(image: string, architecture: Architecture): Promise<void> {
  const folder = join(checkout, 'dist', 'guest')
  const link = join(folder, `.${architecture}.${process.pid}`)
  await mkdir(folder, { recursive: true })
  await rm(link, { force: true })
  await symlink(image, link)
  await rename(link, join(folder, architecture))
}

/** Builds the guest image unless the cache has it, and gives its folder; dist/guest/<arch> points there. */
export async function buildGuest({ architecture, force = false, say = console.log }: BuildOptions): Promise<string> {
  const recipe = await readRecipe()
  const hash = await hashRecipe()
  const cache = cacheFolder()
  const image = join(cache, `${hash}-${architecture}`)
  if (force || !existsSync(join(image, 'manifest.json'))) {
    const missing = await missingPackages(recipe, architecture)
    if (missing.length > 0) throw new Error(`Building the guest image needs: apt-get install ${missing.join(' ')}`)
    const base = await prepareBaseTree({ recipe, architecture, cache, say })
    const folder = `${image}.${process.pid}.tmp`
    await rm(folder, { recursive: true, force: true })
    const manifest = await buildImage({ recipe, architecture, hash, base, folder, say })
    await rm(image, { recursive: true, force: true })
    await rename(folder, image)
    say(describe(manifest))
  } else say(`cached: ${describe(JSON.parse(await readFile(join(image, 'manifest.json'), 'utf8')) as Manifest)}`)
  await pointTo(image, architecture)
  return image
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { arch: { type: 'string' }, force: { type: 'boolean', default: false } } })
  const wanted = values.arch ?? (process.arch === 'arm64' ? 'arm64' : 'amd64')
  const architecture = architectures.find((name) => name === wanted)
  if (!architecture) throw new Error(`Unknown architecture '${wanted}': use ${architectures.join(' or ')}.`)
  console.log(await buildGuest({ architecture, force: values.force }))
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
