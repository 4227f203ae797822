import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from '../../checkout.ts'

/** What the conventional guest is made of beside its packages. */
export const benchResources: string = join(checkout, 'resources', 'bench')

/** The Debian release of both guests; Docker's packages come from the newer one that resources/bench/apt-preferences names. */
export const suite = 'trixie'

/** What a cloud image with Docker has, on top of Debian's essential packages; Docker and the kernel are the packages that Cove's own guest is made from. */
export const packages: readonly string[] = [
  'systemd-sysv udev dbus systemd-resolved systemd-timesyncd netplan.io cloud-init cloud-guest-utils',
  'linux-image-cloud-amd64 initramfs-tools zstd grub-pc-bin grub-common',
  'docker.io docker-cli docker-buildx docker-compose apparmor iptables nftables',
  'openssh-server sudo iproute2 iputils-ping sshfs e2fsprogs kmod procps less vim-tiny cron logrotate netbase ca-certificates',
].flatMap((line) => line.split(' '))

/** GRUB's modules for a BIOS that boots from an MBR and an ext4 file system. */
export const grubModules: readonly string[] = ['biosdisk', 'part_msdos', 'ext2', 'linux', 'normal', 'serial', 'terminal', 'configfile']

/** Changes with everything the image is made from, but not with where packages come from. */
export async function hashReference(): Promise<string> {
  const hash = createHash('sha256')
  const sources = join(checkout, 'resources', 'guest', 'apt', 'sources.list')
  const own = (await readdir(benchResources)).filter((name) => !name.endsWith('.c')).sort().map((name) => join(benchResources, name))
  const scripts = (await readdir(import.meta.dirname)).filter((name) => /^(recipe|disk-image|boot-sector)\.ts$/.test(name)).sort()
  for (const file of [sources, ...own, ...scripts.map((name) => join(import.meta.dirname, name))]) hash.update(await readFile(file)).update('\0')
  return hash.digest('hex').slice(0, 16)
}
