import { mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { bootArea, partitionStart } from './boot-sector.ts'
import { benchResources } from './recipe.ts'

/** Names the root file system in GRUB's configuration and in fstab. */
const uuid = 'c04e0000-be9c-4000-8000-000000000001'
const diskBytes = 8 * 1024 ** 3

/** A tree that lives in a namespace of mmdebstrap's when we are not root: this is how to act on it. */
export type InTree = (command: readonly [string, ...string[]]) => Promise<unknown>

/** Runs a command on a tree that root, or mmdebstrap for an ordinary user, has made. */
export const inTree: InTree = ([command, ...args]) =>
  process.getuid?.() === 0 ? execa(command, args) : execa('mmdebstrap', ['--unshare-helper', command, ...args])

/** Makes a folder with the files that make a Debian tree a cloud guest, to be copied over the tree. */
export async function writeConfiguration(into: string, publicKey: string): Promise<void> {
  const texts: Record<string, Promise<string>> = {
    'var/lib/cloud/seed/nocloud/user-data': filled('user-data', { KEY: publicKey }),
    'var/lib/cloud/seed/nocloud/meta-data': filled('meta-data', {}),
    'boot/grub/grub.cfg': filled('grub.cfg', { UUID: uuid }),
    'etc/systemd/system/ssh.service.d/ready.conf': filled('ssh-ready.conf', {}),
    'etc/fstab': Promise.resolve(`UUID=${uuid} / ext4 defaults 0 1\n`),
  }
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(into, path)), { recursive: true })
    await writeFile(join(into, path), await text)
  }
}

async function filled(name: string, values: Record<string, string>): Promise<string> {
  const text = await readFile(join(benchResources, name), 'utf8')
  return text.replaceAll(/@([A-Z]+)@/g, (all, key: string) => values[key] ?? all)
}

/** Makes a qcow2 that a BIOS boots: MBR, GRUB, one ext4 partition with the tree. Needs no loop device and no mount. */
export async function makeDisk(tree: string, target: string): Promise<void> {
  const raw = `${target}.raw`
  await rm(raw, { force: true })
  await writeFile(raw, '')
  await truncate(raw, diskBytes)
  // Features that GRUB does not read, whatever this machine's mke2fs makes by default.
  const features = '^metadata_csum_seed,^orphan_file'
  const size = `${(diskBytes - partitionStart) / 1024}k`
  await inTree(['mke2fs', '-q', '-F', '-t', 'ext4', '-U', uuid, '-O', features, '-E', `offset=${partitionStart},nodiscard`, '-d', tree, raw, size])
  const area = bootArea({ bootImage: await readFile(join(tree, 'usr/lib/grub/i386-pc/boot.img')), coreImage: await readFile(join(tree, 'boot/core.img')), diskBytes })
  const file = await open(raw, 'r+')
  await file.write(area, 0, area.length, 0)
  await file.close()
  await execa('qemu-img', ['convert', '-O', 'qcow2', raw, target])
  await rm(raw)
}

/** A writable layer over a finished disk, so that runs leave the disk as it is. */
export async function layOver(disk: string, target: string): Promise<void> {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', disk, target])
}
