import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { CoveError } from '#contract/errors.ts'

/** Every path and pipe Cove uses on a host; nothing else in the code spells a file name of COVE_HOME. */
export interface CovePaths {
  /** COVE_HOME itself, mode 0700. */
  home: string
  engineSocket: string
  dockerSocket: string
  engineLock: string
  settingsFile: string
  storeFile: string
  /** Owners and modes that the guest gave shared files. */
  shareOwnersFile: string
  /** The user's options of Docker. */
  dockerOptionsDir: string
  /** There while an export or import is under way. */
  transferJournal: string
  keysDir: string
  hostKey: string
  clientKey: string
  /** Sockets and files that live as long as one vm. */
  runDir: string
  vmRecord: string
  /** The processes that serve folders to the vm by virtiofs. */
  virtiofsRecord: string
  qmpSocket: string
  controlSocket: string
  namesSocket: string
  sharesSocket: string
  tunnelSocket: string
  fwCfgDir: string
  diskDir: string
  dataDisk: string
  /** The memory of a sleeping vm: as secret as the vm itself. */
  savedDir: string
  savedRecord: string
  savedMemory: string
  cacheDir: string
  logsDir: string
  /** The app's own: Chromium's profile, and what the window remembers. */
  desktopDir: string
  desktopMemory: string
  /** The app's code as V8 compiled it. */
  desktopCompileCache: string
  logs: { engine: string; guest: string; qemu: string }
}

/** The longest path a unix socket may have on this system, in bytes (sun_path less its NUL). */
export function maxSocketPathBytes(platform: NodeJS.Platform = process.platform): number {
  return platform === 'darwin' ? 103 : 107
}

/** COVE_HOME: the variable if set, else ~/.cove; always absolute. */
export function coveHome(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env['COVE_HOME'] || join(homedir(), '.cove'))
}

/**
 * The table of paths below one home.
 * @throws CoveError `engine.home-unusable` when a unix socket would not fit.
 */
export function covePaths(home: string = coveHome(), platform: NodeJS.Platform = process.platform): CovePaths {
  const runDir = join(home, 'run')
  const logsDir = join(home, 'logs')
  const keysDir = join(home, 'keys')
  const diskDir = join(home, 'disk')
  const savedDir = join(home, 'saved')
  const desktopDir = join(home, 'desktop')
  const socket = socketNamer(home, platform)
  return {
    home,
    engineSocket: socket('engine', home),
    dockerSocket: socket('docker', home),
    engineLock: join(home, 'engine.lock'),
    settingsFile: join(home, 'settings.json'),
    storeFile: join(home, 'store.db'),
    shareOwnersFile: join(home, 'share-owners.db'),
    dockerOptionsDir: join(home, 'docker-options'),
    transferJournal: join(home, 'transfer.json'),
    keysDir,
    hostKey: join(keysDir, 'guest_host_ed25519'),
    clientKey: join(keysDir, 'client_ed25519'),
    runDir,
    vmRecord: join(runDir, 'vm.json'),
    virtiofsRecord: join(runDir, 'virtiofs.json'),
    qmpSocket: socket('qmp', runDir),
    controlSocket: socket('control', runDir),
    namesSocket: socket('names', runDir),
    sharesSocket: socket('shares', runDir),
    tunnelSocket: socket('tunnel', runDir),
    fwCfgDir: join(runDir, 'fw_cfg'),
    diskDir,
    dataDisk: join(diskDir, 'data.qcow2'),
    savedDir,
    savedRecord: join(savedDir, 'vm.json'),
    savedMemory: join(savedDir, 'memory'),
    cacheDir: join(home, 'cache'),
    logsDir,
    desktopDir,
    desktopMemory: join(desktopDir, 'memory.json'),
    desktopCompileCache: join(desktopDir, 'compile-cache'),
    logs: { engine: join(logsDir, 'engine.log'), guest: join(logsDir, 'guest.log'), qemu: join(logsDir, 'qemu.log') },
  }
}

function socketNamer(home: string, platform: NodeJS.Platform): (name: string, dir: string) => string {
  if (platform === 'win32') {
    const id = createHash('sha256').update(home.toLowerCase()).digest('hex').slice(0, 12)
    return (name) => `\\\\.\\pipe\\cove-${id}-${name}`
  }
  const limit = maxSocketPathBytes(platform)
  return (name, dir) => {
    const path = join(dir, `${name}.sock`)
    if (Buffer.byteLength(path) > limit) {
      throw new CoveError('engine.home-unusable', {
        message: `COVE_HOME "${home}" is too long: its socket "${path}" has ${Buffer.byteLength(path)} bytes and this system allows ${limit}`,
        about: { path: home },
        hint: 'Set COVE_HOME to a shorter path.',
      })
    }
    return path
  }
}
