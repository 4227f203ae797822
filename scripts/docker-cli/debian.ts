import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../checkout.ts'
import { place } from './place.ts'
import { openPrivateApt } from './private-apt.ts'

/** The Debian suite whose docker packages also run in the guest (resources/guest/apt), and whose binaries run on Debian 12. */
const suite = 'forky'

/** What is taken out of which package, and where it goes below resources/bin/linux-<amd64|arm64>/. */
const parts = [
  { package: 'docker-cli', from: 'usr/bin/docker', to: 'docker' },
  { package: 'docker-buildx', from: 'usr/libexec/docker/cli-plugins/docker-buildx', to: 'cli-plugins/docker-buildx' },
  { package: 'docker-compose', from: 'usr/libexec/docker/cli-plugins/docker-compose', to: 'cli-plugins/docker-compose' },
  // docker takes them by itself at the first login: pass where that is installed, else the desktop's keychain.
  { package: 'golang-docker-credential-helpers', from: 'usr/bin/docker-credential-pass', to: 'docker-credential-pass' },
  { package: 'golang-docker-credential-helpers', from: 'usr/bin/docker-credential-secretservice', to: 'keychain/docker-credential-secretservice' },
] as const

/** In front of Debian's helper: where there is no keychain, a pull goes on without a login. */
const keychain = 'docker-credential-secretservice'

/** Which processor, where to, and the folder that keeps what was unpacked. */
export interface DebianJob {
  architecture: 'amd64' | 'arm64'
  folder: string
  cache: string
  force: boolean
}

/** Brings docker, buildx and compose from Debian's packages into a folder; any processor's, nothing of them is run. */
export async function fetchFromDebian({ architecture, folder, cache, force }: DebianJob): Promise<void> {
  const isWhole = (base: string): boolean => parts.every(({ to }) => existsSync(join(base, to)))
  await place(join(checkout, 'resources/host', keychain), join(folder, keychain))
  if (!force && isWhole(folder)) return
  const cached = join(cache, `${suite}-${architecture}`)
  if (force || !isWhole(cached)) await unpackPackages(cached, architecture)
  for (const { to } of parts) await place(join(cached, to), join(folder, to))
}

async function unpackPackages(into: string, architecture: string): Promise<void> {
  await mkdir(dirname(into), { recursive: true })
  const work = await mkdtemp(`${into}.`)
  try {
    const apt = await openPrivateApt(join(work, 'apt'), suite, architecture)
    await apt.update()
    const debs = join(work, 'debs')
    await mkdir(debs)
    await apt.download([...new Set(parts.map((part) => part.package))], debs)
    const tree = join(work, 'tree')
    for (const deb of await readdir(debs)) await execa('dpkg-deb', ['-x', join(debs, deb), tree])
    for (const { from, to } of parts) await place(join(tree, from), join(work, 'done', to))
    await rm(into, { recursive: true, force: true })
    await rename(join(work, 'done'), into)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
