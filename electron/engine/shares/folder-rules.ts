import { isAbsolute, normalize, win32 } from 'node:path'
import { type Remark, remark } from '#contract/remark.ts'

/** Words of the setting for folders whose path depends on the user. */
export const folderWords = ['home', 'temp'] as const

/** What the words stand for here, and what may not be shared. */
export interface HostPlaces {
  home: string
  temp: string
  /** Cove's own folder: never shared, nor anything in it. */
  coveHome: string
  platform: NodeJS.Platform
}

/** The guest's own system: a share over it, or over what holds it, would take it away. */
const guestSystem = ['/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys', '/usr', '/var/lib', '/var/run', '/var/log', '/var/cache', '/var/empty']

/** A path as it is kept: the word's folder or the path itself, without a slash at the end. */
export function resolveFolder(entry: string, places: HostPlaces): string {
  if (entry === 'home') return trimmed(places.home)
  if (entry === 'temp') return trimmed(places.temp)
  return trimmed(entry)
}

/** Where a host folder is in the guest: at the same path; a drive of Windows is a folder of its letter. */
export function guestPath(path: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return path
  const { root } = win32.parse(path)
  return `/${root.slice(0, 1).toLowerCase()}/${path.slice(root.length).replaceAll('\\', '/')}`.replace(/\/$/, '')
}

/** Why a folder cannot be shared, or undefined. */
export function problemOf(path: string, places: HostPlaces): Remark | undefined {
  if (!isAbsolute(path)) return remark('folder.not-absolute', 'it is not an absolute path', {})
  if (Buffer.byteLength(path) > 3000 || path.includes('\0')) return remark('folder.unusable', 'it is no path', {})
  const inGuest = guestPath(path, places.platform)
  const shadowed = guestSystem.find((system) => contains(system, inGuest) || contains(inGuest, system))
  if (shadowed !== undefined) return remark('folder.hides-guest', `it would hide "${shadowed}" of the guest's own system`, { path: shadowed })
  if (contains(places.coveHome, path)) return remark('folder.of-cove', `it belongs to Cove ("${places.coveHome}")`, {})
  return undefined
}

/** The folders to mount: each once, and none that another one holds already. */
export function foldersToMount(entries: readonly string[], places: HostPlaces): string[] {
  const paths = [...new Set(entries.map((entry) => resolveFolder(entry, places)))].filter((path) => problemOf(path, places) === undefined)
  return paths.filter((path) => !paths.some((other) => other !== path && contains(other, path)))
}

/** Whether a path is a folder or lies in it. */
export function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') || folder.endsWith('\\') ? folder : `${folder}${path.includes('\\') ? '\\' : '/'}`)
}

function trimmed(path: string): string {
  const normal = normalize(path)
  return normal.length > 1 && /[/\\]$/.test(normal) && !/^[a-z]:\\$/i.test(normal) ? normal.slice(0, -1) : normal
}

