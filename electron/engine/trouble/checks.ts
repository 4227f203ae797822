import { stat } from 'node:fs/promises'
import { checkNames, type CheckName, type Finding } from '#contract/doctor.ts'
import { toCoveError } from '#contract/errors.ts'
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
  settings: { look: async ({ settings }) => (settings.warnings[0] === undefined ? ok('the settings file is sound') : warning(settings.warnings.join(' '))) },
  qemu: {
    look: async ({ host }) => {
      const { path, version } = await host.qemu()
      return ok(`QEMU ${version} at ${path}`)
    },
  },
  acceleration: {
    look: async ({ host }, signal) => {
      const { kind, warning: why } = await host.accelerator(signal)
      return why === undefined ? ok(`the vm runs with ${kind}`) : warning(why)
    },
    // Tries it by a boot where that is not known yet.
    ms: 30_000,
  },
  'guest image': {
    look: async ({ guestDir, paths }, signal) => {
      const { recipe, dockerVersion, verified } = await openGuestImage(guestDir, { cacheDir: paths.cacheDir, signal })
      await verified
      return ok(`image ${recipe} with Docker ${dockerVersion} is complete`)
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
    const { code, message, hint } = toCoveError(error)
    // Of what took too long nothing is known, bad or good.
    return { name, level: code === 'wait.timeout' ? 'warning' : 'problem', message, fix: hint ?? null }
  }
}

async function checkDisk({ disk, paths }: EngineParts): Promise<Omit<Finding, 'name'>> {
  const { capacityBytes, allocatedBytes, hostFreeBytes } = await disk.usage()
  if (hostFreeBytes < lowSpaceBytes) {
    return { level: 'warning', message: `the disk of "${paths.home}" has only ${gib(hostFreeBytes)} free`, fix: 'Free some space, or run: cove disk reclaim' }
  }
  return ok(capacityBytes === 0 ? 'there is no data disk yet; the first start makes it' : `${gib(allocatedBytes)} of at most ${gib(capacityBytes)} used, ${gib(hostFreeBytes)} free on the host`)
}

/** Everything in COVE_HOME that others must not read, with the bits that would let them. */
async function checkPermissions({ paths }: EngineParts): Promise<Omit<Finding, 'name'>> {
  if (process.platform === 'win32') return ok('Windows keeps other users out of your profile')
  const isOpen = async (path: string): Promise<boolean> => ((await modeOf(path)) & 0o077) !== 0
  const wanted = [paths.home, paths.engineSocket, paths.dockerSocket, paths.keysDir, paths.hostKey, paths.clientKey, paths.dataDisk, paths.storeFile]
  const open = []
  for (const path of wanted) if (await isOpen(path)) open.push(path)
  if (open.length === 0) return ok('only you can read your keys, sockets and disk')
  return { level: 'problem', message: `others can read ${open.map((path) => `"${path}"`).join(', ')}`, fix: `chmod -R go-rwx "${paths.home}"` }
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
  const { state, reason, hint } = machine.status
  if (state === 'failed') return { level: 'problem', message: reason ?? 'the engine failed', fix: hint }
  if (!life.maybeSession) return ok(`the vm is ${state}`)
  const { version } = await life.session.docker.version(signal)
  return ok(`Docker ${version} answers`)
}

function ok(message: string): Omit<Finding, 'name'> {
  return { level: 'ok', message, fix: null }
}

/** What is missing costs nothing but its advantages. */
function fallingBack(error: unknown): Omit<Finding, 'name'> {
  const { message, hint } = toCoveError(error)
  return { level: 'warning', message: `${message}; Cove's own file server serves shared folders instead`, fix: hint ?? null }
}

function warning(message: string): Omit<Finding, 'name'> {
  return { level: 'warning', message, fix: null }
}

function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`
}
