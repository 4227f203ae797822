import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { extractMember } from './archive-member.ts'
import { checksum, download } from './download.ts'
import { place } from './place.ts'

/** A program as its publisher offers it: an entry of releases.json. */
export interface Release {
  /** Its place below resources/bin/<platform>/. */
  to: string
  version: string
  url: string
  /** Of the file at the address, in lower-case hex. Without one the program is not fetched. */
  sha256?: string
  /** Where in the downloaded archive the program lies; absent when the download is the program. */
  member?: string
  /** Who published the checksum. */
  checksumFrom?: string
}

/** What to fetch, where to, and the folder that keeps downloads. */
export interface PublisherJob {
  releases: readonly Release[]
  folder: string
  cache: string
  force: boolean
}

/** Reads releases.json: what is pinned for each platform. */
export async function readReleases(): Promise<Record<string, Release[]>> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'releases.json'), 'utf8')) as Record<string, Release[]>
}

/** Brings a platform's programs from their publishers into a folder; every checksum is verified before the first is replaced. */
export async function fetchFromPublishers({ releases, folder, cache, force }: PublisherJob): Promise<void> {
  const pinned = releases.map(requirePin)
  const stamp = join(folder, 'fetched.json')
  const wanted = JSON.stringify(pinned.map(({ to, version, sha256 }) => ({ to, version, sha256 })))
  if (!force && pinned.every(({ to }) => existsSync(join(folder, to))) && (await readFile(stamp, 'utf8').catch(() => '')) === wanted) return
  const programs: { from: string; to: string }[] = []
  for (const release of pinned) programs.push({ from: await fetchOne(release, cache), to: join(folder, release.to) })
  await rm(stamp, { force: true })
  for (const { from, to } of programs) await place(from, to)
  await writeFile(stamp, wanted)
}

type Pinned = Release & { sha256: string }

function requirePin(release: Release): Pinned {
  const { sha256, url, to } = release
  if (sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256)) return { ...release, sha256 }
  throw new Error(`no checksum pinned for ${to} (${url}): it is not fetched. Pin one in scripts/docker-cli/releases.json.`)
}

/** The program's file in the cache, downloaded and unpacked unless it is there. */
async function fetchOne({ url, sha256, member }: Pinned, cache: string): Promise<string> {
  await mkdir(cache, { recursive: true })
  const file = join(cache, `${sha256.slice(0, 16)}-${basename(new URL(url).pathname)}`)
  if (!existsSync(file) || (await checksum(file)) !== sha256) await download({ url, sha256, to: file })
  if (member === undefined) return file
  const program = `${file}.${basename(member)}`
  await extractMember(file, member, program)
  return program
}
