import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Where Debian packages and security updates come from on this machine. */
export type Mirrors = { debian: string; security: string }

function urisOfDeb822(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = stanza.replace(/^#.*\n?/gm, '').replace(/\n[ \t]+/g, ' ')
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(fields)?.[1]?.trim() ?? ''
    const isOff = /^(no|false|0)$/i.test(field('Enabled'))
    return isOff || !/\bdeb\b/.test(field('Types')) ? [] : field('URIs').split(/\s+/)
  })
}

function urisOfList(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line.trim())?.[1] ?? '')
    .filter((uri) => uri !== '')
}

/** Finds the Debian mirror among apt's own source files (name and content of each). */
export function findMirrors(files: readonly { name: string; text: string }[]): Mirrors | undefined {
  const uris = files.flatMap(({ name, text }) => (name.endsWith('.sources') ? urisOfDeb822(text) : urisOfList(text))).map((uri) => uri.replace(/\/+$/, ''))
  const debian = uris.find((uri) => /\/debian$/.test(uri))
  if (debian === undefined) return undefined
  return { debian, security: uris.find((uri) => /\/debian-security$/.test(uri)) ?? `${debian}-security` }
}

async function readAptFiles(): Promise<{ name: string; text: string }[]> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const paths = ['/etc/apt/sources.list', ...names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name))]
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')))
  return paths.map((name, index) => ({ name, text: texts[index] ?? '' }))
}

/** The mirrors to use: COVE_DEBIAN_MIRROR when set, else what the machine's own apt uses. */
export async function readMirrors(): Promise<Mirrors> {
  const chosen = process.env['COVE_DEBIAN_MIRROR']?.replace(/\/+$/, '')
  if (chosen) return { debian: chosen, security: `${chosen}-security` }
  const mirrors = findMirrors(await readAptFiles())
  if (mirrors) return mirrors
  throw new Error('No Debian mirror found in /etc/apt/sources.list or /etc/apt/sources.list.d: set COVE_DEBIAN_MIRROR to one (a URL that ends in /debian).')
}

/** Fills the mirrors into resources/guest/apt/sources.list. */
export function fillSources(template: string, mirrors: Mirrors): string {
  return template.replaceAll('@DEBIAN@', mirrors.debian).replaceAll('@SECURITY@', mirrors.security)
}
