import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'

const arm = process.arch === 'arm64'
/** Debian's own way to have an ssh server's program without the server: its service does not start while this file is there. */
const noSshService = 'mkdir -p /etc/ssh && touch /etc/ssh/sshd_not_to_be_run'
/** The registry's program is wanted, not a registry that runs on this machine from now on. */
const noRegistryService = 'mkdir -p /etc/systemd/system && { [ -e /etc/systemd/system/docker-registry.service ] || ln -s /dev/null /etc/systemd/system/docker-registry.service; }'
const triple = arm ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'

/** What Cove's scripts call on a host, by what they need it for: a program or a file, and the Debian package that has it. */
const needs = [
  { for: 'run', program: arm ? 'qemu-system-aarch64' : 'qemu-system-x86_64', package: arm ? 'qemu-system-arm' : 'qemu-system-x86' },
  { for: 'run', program: 'qemu-img', package: 'qemu-utils' },
  { for: 'run', program: 'ssh', package: 'openssh-client' },
  { for: 'run', file: '/etc/ssl/certs/ca-certificates.crt', package: 'ca-certificates' },
  { for: 'build', program: 'mmdebstrap', package: 'mmdebstrap' },
  { for: 'build', program: 'mkfs.erofs', package: 'erofs-utils' },
  { for: 'build', program: 'zstd', package: 'zstd' },
  { for: 'build', program: 'xz', package: 'xz-utils' },
  { for: 'build', program: 'depmod', package: 'kmod' },
  { for: 'build', program: 'gcc', package: 'gcc' },
  { for: 'build', file: `/usr/lib/${triple}/libc.a`, package: 'libc6-dev' },
  { for: 'test', program: 'sshd', package: 'openssh-server' },
  { for: 'test', program: 'git', package: 'git' },
  { for: 'test', program: 'ps', package: 'procps' },
  { for: 'test', program: 'python3', package: 'python3' },
  { for: 'test', program: 'sqlite3', package: 'sqlite3' },
  { for: 'test', program: 'tmux', package: 'tmux' },
  { for: 'test', program: 'zsh', package: 'zsh' },
  { for: 'test', program: 'fish', package: 'fish' },
  { for: 'test', program: 'openssl', package: 'openssl' },
  { for: 'test', program: 'docker-registry', package: 'docker-registry' },
  { for: 'test', program: 'gnome-keyring-daemon', package: 'gnome-keyring' },
  { for: 'test', program: 'secret-tool', package: 'libsecret-tools' },
  { for: 'test', program: 'chromium', package: 'chromium' },
  // The smallest of Debian's fonts that write Korean as a system would.
  { for: 'test', file: '/usr/share/fonts/truetype/nanum/NanumGothic.ttf', package: 'fonts-nanum' },
  { for: 'test', program: 'dbus-run-session', package: 'dbus-daemon' },
  // A GNOME desktop's settings, without the desktop.
  { for: 'test', program: 'gsettings', package: 'libglib2.0-bin' },
  { for: 'test', file: '/usr/share/glib-2.0/schemas/org.gnome.system.proxy.gschema.xml', package: 'gsettings-desktop-schemas' },
  { for: 'test', file: `/usr/lib/${triple}/gio/modules/libdconfsettings.so`, package: 'dconf-gsettings-backend' },
  // Unpacking Debian packages as a user needs ids of its own to hand out; root has them all.
  ...(process.getuid?.() === 0 ? [] : [{ for: 'build', program: 'newuidmap', package: 'uidmap' }]),
]

/**
 * Installs what is missing through apt, as root or with a sudo that asks nothing; otherwise says the one command and ends.
 * @param {string[]} purposes which needs count: `run`, `build`, `test`
 */
export async function ensureSystemPackages(purposes) {
  const missing = needs.filter((need) => purposes.includes(need.for) && !isThere(need))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((need) => need.package))]
  if (!findProgram('apt-get')) giveUp(missing)
  const prefix = process.getuid?.() === 0 ? [] : sudo()
  const update = ['apt-get', 'update', '-qq']
  const quiet = [...(packages.includes('openssh-server') ? [noSshService] : []), ...(packages.includes('docker-registry') ? [noRegistryService] : [])]
  const before = quiet.map((script) => ['sh', '-c', script])
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages]
  if (!prefix) {
    const steps = [...quiet, update.join(' '), install.join(' ')]
    console.error(`Cove needs ${packages.join(', ')}. Install with:\n\n  sudo sh -c '${steps.join(' && ')}'\n`)
    process.exit(1)
  }
  console.error(`Installing system packages: ${packages.join(' ')} …`)
  // A list that cannot be fetched (a third party's, gone) need not matter for these packages.
  for (const command of [...before, update]) runQuietly(prefix, command)
  const failure = runQuietly(prefix, install)
  if (failure === undefined && missing.every(isThere)) return
  console.error(`${failure ?? 'apt-get succeeded, yet something is still missing'}\nInstalling ${packages.join(', ')} failed.`)
  process.exit(1)
}

function isThere({ program, file }) {
  return program === undefined ? existsSync(file) : findProgram(program)
}

/** Whether a program is on PATH or where Debian keeps an administrator's ones. */
function findProgram(program) {
  const dirs = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return dirs.some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function sudo() {
  if (!findProgram('sudo')) return undefined
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
}

/** Runs one command, through sudo where the prefix says so; what it printed when it failed. */
function runQuietly(prefix, command) {
  const [program, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
  return status === 0 ? undefined : `${stdout}${stderr}`
}

function giveUp(missing) {
  const lines = missing.map((need) => `  ${need.program ?? need.file}  (Debian: ${need.package})`)
  console.error(`This system has no apt-get. Cove needs these, please install them:\n${lines.join('\n')}`)
  process.exit(1)
}
