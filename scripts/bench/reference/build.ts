import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { buildCache, checkout } from '../../checkout.ts'
import { fillSources, readMirrors } from '../../guest/apt-sources.ts'
import { compressedBytes } from '../compressed-size.ts'
import type { Machine } from '../machine.ts'
import { inTree, makeDisk, writeConfiguration } from './disk-image.ts'
import { benchResources, grubModules, hashReference, packages, suite } from './recipe.ts'
import { startReference } from './reference-vm.ts'

/** The conventional guest's image after its first boot, and what it weighs. */
export interface ReferenceImage {
  disk: string
  /** The private key of its one user. */
  key: string
  /** Size of the disk as built, before its first boot. */
  bytes: number
  /** The same through zstd, as it would be downloaded. */
  downloadBytes: number
}

/** What building takes. */
export interface ReferenceBuild {
  machine: Machine
  say: (line: string) => void
}

/**
 * The conventional guest, from the build cache or built now (about three minutes).
 * @throws Error on other processors than x64: its boot loader is a PC's.
 */
export async function prepareReference({ machine, say }: ReferenceBuild): Promise<ReferenceImage> {
  if (process.arch !== 'x64') throw new Error('the conventional guest is built for x64 hosts only')
  const folder = join(buildCache(), 'bench', await hashReference())
  if (!existsSync(join(folder, 'facts.json'))) {
    await mkdir(dirname(folder), { recursive: true })
    // A folder of its own each time: what an interrupted build left may still have this machine's /dev mounted in it.
    const unfinished = await mkdtemp(`${folder}.`)
    await buildInto(unfinished, { machine, say })
    await rename(unfinished, folder)
  }
  const facts = JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8')) as Pick<ReferenceImage, 'bytes' | 'downloadBytes'>
  return { ...facts, disk: join(folder, 'disk.qcow2'), key: join(folder, 'key') }
}

async function buildInto(folder: string, { machine, say }: ReferenceBuild): Promise<void> {
  say('building the conventional guest: fetching and unpacking Debian packages (about two minutes)')
  const facts = await makeReferenceDisk(folder)
  say('building the conventional guest: its first boot (cloud-init makes keys and the user)')
  await bootOnce({ disk: join(folder, 'disk.qcow2'), key: join(folder, 'key'), machine })
  await writeFile(join(folder, 'facts.json'), JSON.stringify(facts))
}

/** Makes disk.qcow2 and the user's key in a folder; the disk has never been booted. */
export async function makeReferenceDisk(folder: string): Promise<Pick<ReferenceImage, 'bytes' | 'downloadBytes'>> {
  const tree = join(folder, 'tree')
  const disk = join(folder, 'disk.qcow2')
  const key = join(folder, 'key')
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'cove-bench', '-f', key])
  await writeConfiguration(join(folder, 'configuration'), (await readFile(`${key}.pub`, 'utf8')).trim())
  await unpack(folder, tree)
  await makeDisk(tree, disk)
  await inTree(['rm', '-rf', '--one-file-system', tree])
  return { bytes: (await stat(disk)).size, downloadBytes: await compressedBytes([disk]) }
}

async function unpack(folder: string, tree: string): Promise<void> {
  const sources = join(folder, 'sources.list')
  const template = await readFile(join(checkout, 'resources', 'guest', 'apt', 'sources.list'), 'utf8')
  await writeFile(sources, fillSources(template, await readMirrors()))
  const preferences = join(benchResources, 'apt-preferences')
  const unwanted = ['man', 'doc', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)
  await execa('mmdebstrap', [
    '--quiet',
    `--mode=${process.getuid?.() === 0 ? 'root' : 'unshare'}`,
    '--variant=minbase',
    '--format=directory',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    ...unwanted,
    `--setup-hook=mkdir -p "$1/etc/apt/preferences.d" && cp '${preferences}' "$1/etc/apt/preferences.d/bench"`,
    `--customize-hook=cp -r '${join(folder, 'configuration')}/.' "$1/"`,
    `--customize-hook=chroot "$1" grub-mkimage -O i386-pc -o /boot/core.img -p '(hd0,msdos1)/boot/grub' ${grubModules.join(' ')}`,
    `--include=${packages.join(',')}`,
    suite,
    tree,
    sources,
  ])
  await rm(sources)
}

/** Boots the disk itself, so that everything a first boot does is done, and powers it off cleanly. */
export async function bootOnce({ disk, key, machine }: { disk: string; key: string; machine: Machine }): Promise<void> {
  await using reference = await startReference({ disk, key, machine })
  await reference.run('sudo cloud-init status --wait || [ $? = 2 ]')
  await reference.stop()
}
