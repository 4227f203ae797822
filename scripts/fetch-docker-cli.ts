import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { buildCache } from './checkout.ts'
import { dockerCliFolder } from './docker-cli/folder.ts'
import { openPrivateApt } from './docker-cli/private-apt.ts'

/** The Debian suite whose docker packages also run in the guest (resources/guest/apt), and whose binaries run on Debian 12. */
const suite = 'forky'

/** What is taken out of which package, and where it goes below resources/bin/linux-<amd64|arm64>/. */
const parts = [
  { package: 'docker-cli', from: 'usr/bin/docker', to: 'docker' },
  { package: 'docker-buildx', from: 'usr/libexec/docker/cli-plugins/docker-buildx', to: 'cli-plugins/docker-buildx' },
  { package: 'docker-compose', from: 'usr/libexec/docker/cli-plugins/docker-compose', to: 'cli-plugins/docker-compose' },
] as const

/** Brings docker, buildx and compose for this Linux host into resources/bin from Debian's packages; the folder. */
export async function fetchDockerCli({ force = false } = {}): Promise<string> {
  const folder = dockerCliFolder()
  const isWhole = (base: string): boolean => parts.every(({ to }) => existsSync(join(base, to)))
  if (!force && isWhole(folder)) return folder
  const cached = join(buildCache(), 'docker-cli', `${suite}-${process.arch}`)
  if (force || !isWhole(cached)) await download(cached)
  for (const { to } of parts) await place(join(cached, to), join(folder, to))
  return folder
}

/** Downloads and unpacks the packages into the cache. */
async function download(into: string): Promise<void> {
  await mkdir(dirname(into), { recursive: true })
  const work = await mkdtemp(`${into}.`)
  try {
    const apt = await openPrivateApt(join(work, 'apt'), suite)
    await apt.update()
    const debs = join(work, 'debs')
    await mkdir(debs)
    await apt.download(parts.map((part) => part.package), debs)
    const tree = join(work, 'tree')
    for (const deb of await readdir(debs)) await execa('dpkg-deb', ['-x', join(debs, deb), tree])
    for (const { from, to } of parts) await place(join(tree, from), join(work, 'done', to))
    await rm(into, { recursive: true, force: true })
    await rename(join(work, 'done'), into)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  const next = `${to}.${process.pid}.new`
  await copyFile(from, next)
  await chmod(next, 0o755)
  await rename(next, to)
}

if (import.meta.main) {
  const folder = await fetchDockerCli({ force: process.argv.includes('--force') })
  const { stdout } = await execa(join(folder, 'docker'), ['--version'])
  console.log(`${folder}: ${stdout}`)
}
