import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import type { BaseTree } from './base-tree.ts'
import { writeCpio, type CpioEntry } from './cpio.ts'
import { writeKernel } from './kernel-image.ts'
import { installModules } from './kernel-modules.ts'
import { describeArtefact, findDockerVersion, parsePackages, type Manifest } from './manifest.ts'
import { guestResources, type Architecture, type Recipe } from './recipe.ts'
import { busyboxApplets, fillRootTree } from './root-tree.ts'
import { run } from './run.ts'
import { buildGuestProgram } from './supervisor.ts'
import { writeWelcomeImage } from './welcome-image.ts'

const nodeArchitectures: Record<Architecture, NodeJS.Architecture> = { amd64: 'x64', arm64: 'arm64' }

/** What one image is built from and where its parts go. */
export type ImageJob = { recipe: Recipe; architecture: Architecture; hash: string; base: BaseTree; folder: string; say: (line: string) => void }

async function writeInitrd({ recipe, architecture, folder }: ImageJob, modules: readonly string[]): Promise<void> {
  const supervisor = join(folder, 'supervisor')
  await buildGuestProgram('supervisor', { recipe, architecture, to: supervisor })
  const files: CpioEntry[] = await Promise.all(modules.map(async (path) => ({ path: `modules/${basename(path)}`, mode: 0o100644, data: await readFile(path) })))
  const list = modules.map((path) => `${basename(path)}\n`).join('')
  const entries: CpioEntry[] = [
    { path: 'dev', mode: 0o040755 },
    { path: 'modules', mode: 0o040755 },
    { path: 'modules/list', mode: 0o100644, data: Buffer.from(list) },
    ...files,
    { path: 'init', mode: 0o100755, data: await readFile(supervisor) },
  ]
  await writeFile(join(folder, 'initrd'), writeCpio(entries))
  await rm(supervisor)
}

async function writeWelcome({ architecture, base }: ImageJob, root: string): Promise<void> {
  const folder = join(guestResources, 'welcome')
  const [busybox, greeting, page] = await Promise.all([
    readFile(join(base.root, 'usr/bin/busybox')),
    readFile(join(folder, 'greeting.sh')),
    readFile(join(folder, 'index.html')),
  ])
  await writeFile(join(root, 'usr/lib/cove/welcome.tar'), writeWelcomeImage({ architecture, busybox, applets: await busyboxApplets(), greeting, page }))
}

/**
 * What `runc features` prints, for the runc before Docker's to say it (resources/guest/runc): dockerd asks twice at every
 * start. Only where this computer can run the guest's programs; elsewhere the guest's own runc is asked.
 */
async function writeRuncFeatures({ architecture, recipe }: ImageJob, root: string): Promise<void> {
  if (process.arch !== nodeArchitectures[architecture]) return
  const { triplet, loader } = recipe.architectures[architecture]
  const text = await run(join(root, loader), ['--library-path', join(root, 'usr/lib', triplet), join(root, 'usr/sbin/runc'), 'features'])
  await writeFile(join(root, 'usr/lib/cove/runc-features.json'), text)
}

async function writeRootImage({ recipe, folder }: ImageJob, root: string): Promise<void> {
  const { compression, clusterBytes } = recipe.erofs
  /* A fixed time and identity: the same tree gives the same bytes. */
  await run('mkfs.erofs', [
    '--quiet',
    '--all-root',
    '-T0',
    '-Uc0de0000-0000-4000-8000-000000000000',
    `-z${compression}`,
    `-C${clusterBytes}`,
    join(folder, 'root.erofs'),
    root,
  ])
}

async function writeManifest({ architecture, hash, base, folder }: ImageJob, kernelVersion: string): Promise<Manifest> {
  const packages = parsePackages(await readFile(base.checksums, 'utf8'))
  const decoded = await describeArtefact(join(folder, 'kernel'))
  await run('zstd', ['-q', '-19', '-T0', '--rm', join(folder, 'kernel'), '-o', join(folder, 'kernel.zst')])
  const manifest: Manifest = {
    format: 1,
    arch: architecture,
    recipe: hash,
    kernelVersion,
    dockerVersion: findDockerVersion(packages),
    artefacts: {
      kernel: { ...(await describeArtefact(join(folder, 'kernel.zst'))), encoding: 'zstd', decodedBytes: decoded.bytes, decodedSha256: decoded.sha256 },
      initrd: await describeArtefact(join(folder, 'initrd')),
      root: await describeArtefact(join(folder, 'root.erofs')),
    },
    packages,
  }
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, '\t')}\n`)
  return manifest
}

/** Builds kernel, initrd, root image and manifest into the job's folder. */
export async function buildImage(job: ImageJob): Promise<Manifest> {
  const root = join(job.folder, 'root')
  await mkdir(root, { recursive: true })
  job.say('laying out the root image')
  await fillRootTree(job.recipe, job.recipe.architectures[job.architecture], { base: job.base.root, root })
  const { version, initrd } = await installModules(job.recipe, job.base.root, root)
  await writeWelcome(job, root)
  await writeRuncFeatures(job, root)
  await buildGuestProgram('port-proxy', { recipe: job.recipe, architecture: job.architecture, to: join(root, 'usr/lib/cove/port-proxy') })
  await buildGuestProgram('shares', { recipe: job.recipe, architecture: job.architecture, to: join(root, 'usr/lib/cove/shares') })
  await buildGuestProgram('files', { recipe: job.recipe, architecture: job.architecture, to: join(root, 'usr/lib/cove/files') })
  // Before Debian's on PATH.
  for (const program of ['runc', 'iptables'] as const) await buildGuestProgram(program, { recipe: job.recipe, architecture: job.architecture, to: join(root, 'usr/local/sbin', program) })
  await symlink('iptables', join(root, 'usr/local/sbin/ip6tables'))
  job.say('compiling the supervisor and writing the initrd')
  await writeInitrd(job, initrd)
  await writeKernel(job.base.root, join(job.folder, 'kernel'))
  job.say('compressing the root image and the kernel')
  await writeRootImage(job, root)
  const manifest = await writeManifest(job, version)
  await rm(root, { recursive: true })
  return manifest
}
