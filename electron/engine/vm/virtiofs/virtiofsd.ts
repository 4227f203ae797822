import { constants } from 'node:fs'
import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { CoveError } from '#contract/errors.ts'

/** A virtiofs server: QEMU's own in C, up to 7.2, or the one in Rust that took its place. */
export interface Virtiofsd {
  path: string
  kind: 'c' | 'rust'
  major: number
  minor: number
}

/** Where to look, and for whom. */
export interface VirtiofsdSearch {
  isRoot: boolean
  /** PATH; default the process's. */
  searchPath?: string
  /** Folders of vhost-user descriptions (QEMU's docs/interop/vhost-user.json), those that come first win. */
  descriptions?: readonly string[]
  /** Where distributions put the program without one. */
  programs?: readonly string[]
}

const usualDescriptions = (): string[] => [join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'qemu/vhost-user'), '/etc/qemu/vhost-user', '/usr/share/qemu/vhost-user', '/usr/local/share/qemu/vhost-user']
const usualPrograms = ['/usr/libexec/virtiofsd', '/usr/lib/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/lib/kvm/virtiofsd']

const hint = "Install the virtiofsd written in Rust, 1.13 or newer (Debian 13, Ubuntu 25.04, Fedora: package virtiofsd), or use Cove's own file server: cove config set share.driver cove"

const Description = z.object({ type: z.string(), binary: z.string() })

/**
 * Finds a virtiofs server that this user can run.
 * @throws CoveError `vm.program-missing`, `vm.program-unusable` with what is wrong with each that was found.
 */
export async function findVirtiofsd(search: VirtiofsdSearch): Promise<Virtiofsd> {
  const problems: string[] = []
  for (const path of await candidates(search)) {
    const found = await askVersion(path)
    const problem = typeof found === 'string' ? found : virtiofsdProblem(found, search.isRoot)
    if (problem === undefined && typeof found !== 'string') return found
    problems.push(`"${path}" ${problem}`)
  }
  if (problems.length > 0) throw new CoveError('vm.program-unusable', { message: `virtiofsd cannot be used: ${problems.join('; ')}`, hint })
  throw new CoveError('vm.program-missing', { message: 'virtiofsd was not found on this computer', hint })
}

/** What `virtiofsd --version` tells; undefined when it is none. */
export function parseVirtiofsdVersion(output: string): Pick<Virtiofsd, 'kind' | 'major' | 'minor'> | undefined {
  const found = /^virtiofsd (?:(version) |backend )?v?(\d+)\.(\d+)/m.exec(output)
  return found ? { kind: found[1] === undefined ? 'rust' : 'c', major: Number(found[2]), minor: Number(found[3]) } : undefined
}

/** Why a server cannot be used, completing its name; undefined when it can. */
export function virtiofsdProblem({ kind, major, minor }: Pick<Virtiofsd, 'kind' | 'major' | 'minor'>, isRoot: boolean): string | undefined {
  const version = `${major}.${minor}`
  if (kind === 'c') {
    // 2020: it takes its socket as a descriptor and keeps its sandbox's kind apart since then.
    if (major < 6) return `is of QEMU ${version}, which is too old: 6.0 or newer is needed`
    return isRoot ? undefined : `is QEMU's own (${version}), which only root can run`
  }
  // Before, what a container's other users made would have been refused by the host (--translate-uid).
  const isOld = major < 1 || (major === 1 && minor < 13)
  return isOld ? `has version ${version}, which is too old: 1.13 or newer is needed` : undefined
}

async function candidates({ searchPath = process.env['PATH'] ?? '', descriptions = usualDescriptions(), programs = usualPrograms }: VirtiofsdSearch): Promise<string[]> {
  const described = (await Promise.all(descriptions.map(describedPrograms))).flat()
  const onPath = searchPath.split(delimiter).filter((folder) => isAbsolute(folder)).map((folder) => join(folder, 'virtiofsd'))
  const usable = await Promise.all([...described, ...programs, ...onPath].map(executable))
  return [...new Set(usable.filter((path) => path !== undefined))]
}

/** The file servers that a folder's descriptions name, in the order of the files' names. */
async function describedPrograms(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).toSorted()
  const read = async (name: string): Promise<string[]> => {
    const parsed = Description.safeParse(await readFile(join(folder, name), 'utf8').then((text): unknown => JSON.parse(text)).catch(() => undefined))
    return parsed.success && parsed.data.type === 'fs' && isAbsolute(parsed.data.binary) ? [parsed.data.binary] : []
  }
  return (await Promise.all(names.map(read))).flat()
}

async function executable(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) return undefined
  return await access(real, constants.X_OK).then(() => real, () => undefined)
}

async function askVersion(path: string): Promise<Virtiofsd | string> {
  const run = await execa(path, ['--version'], { reject: false, timeout: 10_000, stdin: 'ignore' })
  const version = parseVirtiofsdVersion(run.stdout)
  return version ? { path, ...version } : `does not say its version (code ${run.exitCode ?? 'unknown'})`
}
