import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildCache } from './checkout.ts'
import { fetchFromDebian } from './docker-cli/debian.ts'
import { dockerCliFolder, hostPlatform, platforms, type Platform } from './docker-cli/folder.ts'
import { fetchFromPublishers, readReleases } from './docker-cli/publishers.ts'

/** Which platform's programs to fetch, and whether those that are there count. */
export interface FetchOptions {
  platform?: Platform
  force?: boolean
}

/** Brings docker, buildx and compose into resources/bin: from Debian's packages for Linux, else from their publishers; the folder. */
export async function fetchDockerCli({ platform = hostPlatform(), force = false }: FetchOptions = {}): Promise<string> {
  const folder = dockerCliFolder(platform)
  const cache = join(buildCache(), 'docker-cli')
  if (platform === 'linux-amd64' || platform === 'linux-arm64') {
    await fetchFromDebian({ architecture: platform === 'linux-arm64' ? 'arm64' : 'amd64', folder, cache, force })
  } else await fetchFromPublishers({ releases: (await readReleases())[platform] ?? [], folder, cache: join(cache, 'publishers'), force })
  return folder
}

function wantedPlatforms(): readonly Platform[] {
  const { values } = parseArgs({ options: { platform: { type: 'string', multiple: true }, all: { type: 'boolean' }, force: { type: 'boolean' } } })
  if (values.all) return platforms
  return (values.platform ?? [hostPlatform()]).map((name) => {
    const known = platforms.find((platform) => platform === name)
    if (known === undefined) throw new Error(`unknown platform "${name}": use ${platforms.join(', ')}`)
    return known
  })
}

if (import.meta.main) {
  try {
    for (const platform of wantedPlatforms()) console.log(await fetchDockerCli({ platform, force: process.argv.includes('--force') }))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
