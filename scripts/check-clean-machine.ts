import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { buildCache } from './checkout.ts'
import { layCleanMachine } from './clean-machine/tree.ts'

/** Who runs the command on the clean machine, where, and what comes before it as root. */
interface Visitor {
  name: string
  home: string
  prepare: string
}

const root: Visitor = { name: 'root', home: '/root', prepare: '' }

/** One who may not install anything: set-up names what is missing, root installs just that, by the command it printed. */
const user: Visitor = {
  name: 'cove',
  home: '/home/cove',
  prepare: `
    useradd --create-home --shell /bin/sh cove
    mv /root/cove /home/cove/cove
    [ ! -f /root/.npmrc ] || cp /root/.npmrc /home/cove/.npmrc
    chown -R cove: /home/cove
    install_what_is_named_by() {
      if as_visitor "$1" > /tmp/refusal 2>&1; then echo "$1 went through without its packages"; exit 1; fi
      cat /tmp/refusal
      command=$(grep -o "^  sudo sh -c '.*'$" /tmp/refusal)
      eval "\${command#*sudo}"
    }
    install_what_is_named_by 'npm start'
    case "$1" in 'npm test'*) install_what_is_named_by 'npm test' ;; esac
  `,
}

/**
 * Runs a command (default `npm test`) in a clone of HEAD on a Debian 12 that has Node 20, npm and git and nothing else,
 * with the host's kernel; with --user as somebody who is not root. What set-up forgets to install fails here and not at a user's.
 */
async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error('Only root can make a clean machine: run this as root.')
  const { name, home, prepare } = first === '--user' ? user : root
  const words = first === '--user' || first === undefined ? rest : [first, ...rest]
  const folder = join(buildCache(), 'clean-machine', name)
  await layCleanMachine(folder)
  const proxies = Object.entries(process.env).filter(([key]) => /_proxy$/i.test(key)).map(([key, value]) => `${key}='${value}'`)
  const environment = [`HOME=${home}`, `USER=${name}`, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8', 'CI=true', ...proxies].join(' ')
  const inside = `
    set -e
    as_visitor() { setpriv --reuid ${name} --regid ${name} --init-groups env -i ${environment} sh -c "cd ${home}/cove && $1"; }
    export DEBIAN_FRONTEND=noninteractive ${proxies.join(' ')}
    ${prepare}
    as_visitor "$1"`
  await writeFile(join(folder, 'visit.sh'), inside)
  await chmod(join(folder, 'visit.sh'), 0o755)
  // A mount namespace of its own: whatever happens, no mount is left behind. Not a chroot, in which Linux makes no user namespaces.
  const script = `
    set -e
    mount --bind ${folder} ${folder}
    cd ${folder}
    mount --rbind /dev dev
    mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
    mount -t proc proc proc
    mount --rbind /sys sys
    mount -t tmpfs -o mode=1777 tmpfs tmp
    mkdir -p former
    pivot_root . former
    umount -l /former
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh /visit.sh "$1"`
  const { exitCode } = await execa('unshare', ['--mount', 'sh', '-c', script, 'sh', words.length > 0 ? words.join(' ') : 'npm test'], { stdio: ['ignore', 'inherit', 'inherit'], reject: false })
  return exitCode ?? 1
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
