import { stat } from 'node:fs/promises'
import { checkNames, type CheckName, type Finding } from '#contract/doctor.ts'
import { toCoveError } from '#contract/errors.ts'
import { type Remark, remark } from '#contract/remark.ts'
import { errnoOf } from '#base/errno.ts'
import { withLimit } from '#base/limit.ts'
import type { EngineParts } from '../parts.ts'
import { openGuestImage } from '../vm/guest-image.ts'

/** One thing doctor looks at; what it throws becomes a problem with its message and hint. */
interface Check {
  look(parts: EngineParts, signal: AbortSignal): Promise<Omit<Finding, 'name'>>
  /** How long it may take before it is told that it took too long; `defaultMs` where it says nothing. */
  ms?: number
}

const lowSpaceBytes = 5 * 1024 ** 3
const defaultMs = 10_000

const checks: Readonly<Record<CheckName, Check>> = {
  settings: { look: ({ settings }) => checkSettings(settings.warnings) },
  qemu: {
    look: async ({ host }) => {
      const { path, version } = await host.qemu()
      return ok(remark('qemu.found', `QEMU ${version} at ${path}`, { version, path }))
    },
  },
  acceleration: {
    look: async ({ host }, signal) => {
      const { kind, warning: why } = await host.accelerator(signal)
      return why === undefined ? ok(remark('acceleration.works', `the vm runs with ${kind}`, { kind })) : warning(why)
    },
    // Tries it by a boot where that is not known yet.
    ms: 30_000,
  },
  'guest image': {
    look: async ({ guestDir, paths }, signal) => {
      const { recipe, dockerVersion, verified } = await openGuestImage(guestDir, { cacheDir: paths.cacheDir, signal })
      await verified
      return ok(remark('guest-image.complete', `image ${recipe} with Docker ${dockerVersion} is complete`, { recipe, docker: dockerVersion }))
    },
    // Reads 100 MB.
    ms: 30_000,
  },
  shares: { look: ({ host }) => host.shares().then(ok, fallingBack) },
  'data disk': { look: checkDisk },
  permissions: { look: checkPermissions },
  docker: { look: checkDocker },
}

/** Looks at everything that can keep Cove from working; never throws. */
export async function runChecks(parts: EngineParts, signal?: AbortSignal): Promise<Finding[]> {
  const found = await Array.fromAsync(examine(parts, signal))
  const order: readonly string[] = checkNames
  return found.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
}

/** The same, each as soon as it is known: one that is slow holds up no other. Ends the others when its reader leaves. */
export async function* examine(parts: EngineParts, signal?: AbortSignal): AsyncGenerator<Finding, void> {
  const leaving = new AbortController()
  const ending = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal
  const waiting = new Map(checkNames.map((name) => [name, lookAt(parts, name, ending)]))
  try {
    while (waiting.size > 0) {
      const found = await Promise.race(waiting.values())
      waiting.delete(found.name)
      yield found
    }
  } finally {
    leaving.abort()
  }
}

async function lookAt(parts: EngineParts, name: CheckName, signal: AbortSignal): Promise<Finding & { name: CheckName }> {
  const { look, ms = defaultMs } = checks[name]
  try {
    return { name, ...(await withLimit({ what: `the check "${name}"`, ms, signal }, (own) => look(parts, own))) }
  } catch (error) {
    const { code, message, hint, about = null } = toCoveError(error)
    // Of what took too long nothing is known, bad or good.
    return { name, level: code === 'wait.timeout' ? 'warning' : 'problem', message, remark: { code, about, message }, fix: hint ?? null }
  }
}

async function checkDisk({ disk, paths }: EngineParts): Promise<Omit<Finding, 'name'>> {
  const { capacityBytes, allocatedBytes, hostFreeBytes } = await disk.usage()
  if (hostFreeBytes < lowSpaceBytes) {
    const free = gib(hostFreeBytes)
    return { ...warning(remark('disk.low', `the disk of "${paths.home}" has only ${free} free`, { path: paths.home, free })), fix: 'Free some space, or run: cove disk reclaim' }
  }
  if (capacityBytes === 0) return ok(remark('disk.none', 'there is no data disk yet; the first start makes it', {}))
  const [used, most, free] = [gib(allocatedBytes), gib(capacityBytes), gib(hostFreeBytes)]
  return ok(remark('disk.used', `${used} of at most ${most} used, ${free} free on the host`, { used, most, free }))
}

/** Everything in COVE_HOME that others must not read, with the bits that would let them. */
async function checkPermissions({ paths }: EngineParts): Promise<Omit<Finding, 'name'>> {
  if (process.platform === 'win32') return ok(remark('permissions.sound', 'Windows keeps other users out of your profile', {}))
  const isOpen = async (path: string): Promise<boolean> => ((await modeOf(path)) & 0o077) !== 0
  const wanted = [paths.home, paths.engineSocket, paths.dockerSocket, paths.keysDir, paths.hostKey, paths.clientKey, paths.dataDisk, paths.storeFile]
  const open = []
  for (const path of wanted) if (await isOpen(path)) open.push(path)
  if (open.length === 0) return ok(remark('permissions.sound', 'only you can read your keys, sockets and disk', {}))
  const quoted = open.map((path) => `"${path}"`).join(', ')
  return { ...told('problem', remark('permissions.open', `others can read ${quoted}`, { paths: quoted })), fix: `chmod -R go-rwx "${paths.home}"` }
}

async function modeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mode }) => mode,
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return 0
      throw error
    },
  )
}

async function checkDocker({ life, machine }: EngineParts, signal: AbortSignal): Promise<Omit<Finding, 'name'>> {
  const { state, reason, hint, code, about } = machine.status
  if (state === 'failed') return { ...told('problem', { code: code ?? '', about, message: reason ?? 'the engine failed' }), fix: hint }
  if (!life.maybeSession) return ok(remark('docker.away', `the vm is ${state}`, {}))
  const { version } = await life.session.docker.version(signal)
  return ok(remark('docker.answers', `Docker ${version} answers`, { version }))
}

async function checkSettings(warnings: readonly Remark[]): Promise<Omit<Finding, 'name'>> {
  const [first] = warnings
  if (first === undefined) return ok(remark('settings.sound', 'the settings file is sound', {}))
  return warning({ ...first, message: warnings.map(({ message }) => message).join(' ') })
}

function told(level: Finding['level'], what: Remark): Omit<Finding, 'name'> {
  return { level, message: what.message, remark: what, fix: null }
}

function ok(what: Remark): Omit<Finding, 'name'> {
  return told('ok', what)
}

/** What is missing costs nothing but its advantages. */
function fallingBack(error: unknown): Omit<Finding, 'name'> {
  const { message, hint } = toCoveError(error)
  return { ...warning(remark('shares.otherwise', `${message}; Cove's own file server serves shared folders instead`, {})), fix: hint ?? null }
}

function warning(what: Remark): Omit<Finding, 'name'> {
  return told('warning', what)
}

function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`
}
