import { join } from 'node:path'
import { execa } from 'execa'
import { buildCache } from './checkout.ts'
import { layCleanMachine } from './clean-machine/tree.ts'

/**
 * Runs a command (default `npm test`) in a clone of HEAD on a Debian 12 that has Node 20, npm and git and nothing else:
 * a chroot, so as root and with the host's kernel. What set-up forgets to install fails here and not at a user's.
 */
async function main(words: readonly string[]): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error('A clean machine is a chroot: run this as root.')
  const command = words.length > 0 ? words : ['npm', 'test']
  const folder = join(buildCache(), 'clean-machine', 'root')
  await layCleanMachine(folder)
  // A mount namespace of its own: whatever happens, no mount is left behind.
  const script = `
    set -e
    mount --rbind /dev ${folder}/dev
    mount -t proc proc ${folder}/proc
    mount --rbind /sys ${folder}/sys
    mount -t tmpfs tmpfs ${folder}/tmp
    exec chroot ${folder} /usr/bin/env -i "$@"`
  const proxies = Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name)).map(([name, value]) => `${name}=${value}`)
  const environment = ['HOME=/root', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8', 'CI=true', ...proxies]
  const inside = ['sh', '-c', 'cd /root/cove && exec "$@"', 'sh', ...command]
  const { exitCode } = await execa('unshare', ['--mount', 'sh', '-c', script, 'sh', ...environment, ...inside], { stdio: ['ignore', 'inherit', 'inherit'], reject: false })
  return exitCode ?? 1
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
