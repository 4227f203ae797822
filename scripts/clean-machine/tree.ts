import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { buildCache, checkout } from '../checkout.ts'
import { readMirrors, type Mirrors } from '../guest/apt-sources.ts'

const suite = 'bookworm'

/** Lays a fresh Debian 12 with Node, npm and git and nothing else into `folder`, and a clone of HEAD into its /root/cove. */
export async function layCleanMachine(folder: string): Promise<void> {
  const mirrors = await readMirrors()
  const archive = await bootstrap(mirrors)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await execa('tar', ['-xf', archive, '-C', folder, '--exclude=./dev/*'])
  await writeFile(join(folder, 'etc/apt/sources.list'), sourcesOf(mirrors))
  await copyNode(folder)
  await copyNetworkConfig(folder)
  await execa('git', ['clone', '-q', '--no-hardlinks', checkout, join(folder, 'root', 'cove')])
}

function sourcesOf({ debian, security }: Mirrors): string {
  return `deb ${debian} ${suite} main\ndeb ${debian} ${suite}-updates main\ndeb ${security} ${suite}-security main\n`
}

/** A minimal Debian as an archive, made once. */
async function bootstrap(mirrors: Mirrors): Promise<string> {
  const archive = join(buildCache(), 'clean-machine', `${suite}.tar`)
  if (existsSync(archive)) return archive
  console.log('bootstrapping a minimal Debian 12 (about a minute, once)')
  await mkdir(dirname(archive), { recursive: true })
  // git is how the sources come, libstdc++ what the machine's node is linked against.
  const include = '--include=ca-certificates,git,libstdc++6'
  await execa('mmdebstrap', ['--quiet', '--variant=minbase', '--format=tar', include, suite, `${archive}.new`, '-'], { input: sourcesOf(mirrors) })
  await execa('mv', [`${archive}.new`, archive])
  return archive
}

/** The machine's own node and npm, as its image ships them. */
async function copyNode(folder: string): Promise<void> {
  await cp('/usr/bin/node', join(folder, 'usr/bin/node'))
  await cp('/usr/lib/node_modules/npm', join(folder, 'usr/lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true })
  await execa('ln', ['-sf', '../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/bin/npm')])
}

/** How this machine reaches its mirrors: names, certificates, npm's settings. */
async function copyNetworkConfig(folder: string): Promise<void> {
  const { stdout: globalConfig } = await execa('npm', ['config', 'get', 'globalconfig'])
  const files = ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs/ca-certificates.crt', '/root/.npmrc', globalConfig, '/usr/etc/npmrc']
  for (const file of files) {
    const text = await readFile(file).catch(() => undefined)
    if (!text) continue
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
}
