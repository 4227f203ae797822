import { stat } from 'node:fs/promises'
import type { Finding } from '#contract/doctor.ts'
import { toCoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'
import type { EngineParts } from '../parts.ts'
import { openGuestImage } from '../vm/guest-image.ts'

/** One thing doctor looks at; what it throws becomes a problem with its message and hint. */
interface Check {
  name: string
  look(parts: EngineParts, signal?: AbortSignal): Promise<Omit<Finding, 'name'>>
}

const lowSpaceBytes = 5 * 1024 ** 3

const checks: readonly Check[] = [
  { name: 'settings', look: async ({ settings }) => (settings.warnings[0] === undefined ? ok('the settings file is sound') : warning(settings.warnings.join(' '))) },
  {
    name: 'qemu',
    look: async ({ host }) => {
      const { path, version } = await host.qemu()
      return ok(`QEMU ${version} at ${path}`)
    },
  },
  {
    name: 'acceleration',
    look: async ({ host }, signal) => {
      const { kind, warning: why } = await host.accelerator(signal)
      return why === undefined ? ok(`the vm runs with ${kind}`) : warning(why)
    },
  },
  {
    name: 'guest image',
    look: async ({ guestDir, paths }, signal) => {
      const { recipe, dockerVersion } = await openGuestImage(guestDir, { cacheDir: paths.cacheDir, ...(signal ? { signal } : {}) })
      return ok(`image ${recipe} with Docker ${dockerVersion} is complete`)
    },
  },
  { name: 'shares', look: ({ host }) => host.shares().then(ok, fallingBack) },
  { name: 'data disk', look: checkDisk },
  { name: 'permissions', look: checkPermissions },
  { name: 'docker', look: checkDocker },
]

/** Looks at everything that can keep Cove from working; never throws. */
export function runChecks(parts: EngineParts, signal?: AbortSignal): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ name, look }) => {
      try {
        return { name, ...(await look(parts, signal)) }
      } catch (error) {
        const { message, hint } = toCoveError(error)
        return { name, level: 'problem' as const, message, fix: hint ?? null }
      }
    }),
  )
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

async function checkDocker({ life, machine }: EngineParts, signal?: AbortSignal): Promise<Omit<Finding, 'name'>> {
  const { state, reason, hint } = machine.status
  if (state === 'failed') return { level: 'problem', message: reason ?? 'the engine failed', fix: hint }
  if (!life.maybeSession) return ok(`the vm is ${state}`)
  const { version } = await life.session.docker.version(signal ?? AbortSignal.timeout(10_000))
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
