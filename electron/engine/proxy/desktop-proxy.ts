import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { RunProgram } from './find-proxy.ts'
import { type HostProxy, noProxy, splitList, withoutStar } from './host-proxy.ts'

/** Where a script lies when the network is to tell; draft-ietf-wrec-wpad. */
const discovered = 'http://wpad/wpad.dat'
/** Administrators' settings, which hold where the user has none. */
const dconfProfile = '/etc/dconf/profile/user'

/** Where desktops on Linux keep their settings: GNOME and its kin with dconf, without it, and KDE. */
function settingFiles(env: NodeJS.ProcessEnv): { gnome: string[]; kde: string } {
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config')
  return { gnome: [join(config, 'dconf/user'), join(config, 'glib-2.0/settings/keyfile')], kde: join(config, 'kioslaverc') }
}

/** Files that change when the desktop's proxy does. */
export function proxyFilesOfDesktop(env: NodeJS.ProcessEnv): string[] {
  const { gnome, kde } = settingFiles(env)
  return [...gnome, kde]
}

/** The proxy of a Linux desktop's settings; undefined when they name none, which is also how they are delivered. */
export async function desktopProxy(env: NodeJS.ProcessEnv, run: RunProgram): Promise<HostProxy | undefined> {
  const files = settingFiles(env)
  const desktop = env['XDG_CURRENT_DESKTOP'] || undefined
  const kde = async (): Promise<HostProxy | undefined> => parseKioslaverc(await readFile(files.kde, 'utf8').catch(() => ''))
  if (desktop?.split(':').includes('KDE')) return await kde()
  const isKept = [...files.gnome, dconfProfile].some((file) => existsSync(file))
  const gnome = isKept ? parseGsettings(await run('gsettings', ['list-recursively', 'org.gnome.system.proxy'])) : undefined
  // Over ssh no desktop is named, and there may be settings of either.
  return gnome ?? (desktop === undefined ? await kde() : undefined)
}

/** What `gsettings list-recursively org.gnome.system.proxy` prints. */
export function parseGsettings(text: string): HostProxy | undefined {
  const lines = new Map(text.split('\n').flatMap((line) => {
    const [, key, value] = /^org\.gnome\.system\.proxy([\w.]* [\w-]+) (.*)$/.exec(line) ?? []
    return key === undefined || value === undefined ? [] : [[key, value] as const]
  }))
  const all = (key: string): string[] => gvariantStrings(lines.get(key) ?? '')
  const one = (key: string): string => all(key)[0] ?? ''
  const mode = one(' mode')
  if (mode === 'auto') return { ...noProxy, script: one(' autoconfig-url') || discovered }
  if (mode !== 'manual') return undefined
  const hasLogin = lines.get('.http use-authentication') === 'true'
  const login = hasLogin ? `${encodeURIComponent(one('.http authentication-user'))}:${encodeURIComponent(one('.http authentication-password'))}@` : ''
  const proxy = (kind: string, scheme: string, user: string): string | undefined => {
    const [host, port] = [one(`.${kind} host`), lines.get(`.${kind} port`)]
    return host === '' || port === undefined || port === '0' ? undefined : `${scheme}://${user}${host.includes(':') ? `[${host}]` : host}:${port}`
  }
  const socks = proxy('socks', 'socks5', '')
  return { http: proxy('http', 'http', login) ?? socks, https: proxy('https', 'http', '') ?? socks, exclude: all(' ignore-hosts').map(withoutStar), script: undefined }
}

/** KDE's kioslaverc: its proxies have the port behind a space or a colon. */
export function parseKioslaverc(text: string): HostProxy | undefined {
  const section = /^\[Proxy Settings\](?:\[\$\w+\])?[ \t\r]*\n((?:(?!\[).*(?:\n|$))*)/m.exec(text)?.[1] ?? ''
  const value = (name: string): string => new RegExp(String.raw`^${name}(?:\[\$\w+\])?=[ \t]*(.*?)[ \t\r]*$`, 'm').exec(section)?.[1] ?? ''
  const proxy = (name: string): string | undefined => value(name).replace(/ +(?=\d+$)/, ':').replace(/^socks:/, 'socks5:') || undefined
  const type = value('ProxyType')
  if (type === '2') return { ...noProxy, script: value('Proxy Config Script') || discovered }
  if (type === '3') return { ...noProxy, script: discovered }
  if (type !== '1') return undefined
  const socks = proxy('socksProxy')
  // "Use the proxy only for these" has no word in what Docker reads.
  const exclude = value('ReversedException') === 'true' ? [] : splitList(value('NoProxyFor')).map(withoutStar)
  return { http: proxy('httpProxy') ?? socks, https: proxy('httpsProxy') ?? socks, exclude, script: undefined }
}

/** The strings in a value in GVariant's text format. */
function gvariantStrings(text: string): string[] {
  return [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(([, single, double]) =>
    (single ?? double ?? '').replaceAll(/\\(?:u([\da-f]{4})|(.))/gi, (_all, code: string | undefined, character: string) => (code === undefined ? character : String.fromCodePoint(Number.parseInt(code, 16)))),
  )
}
