import { execa } from 'execa'
import type { Settings } from '#contract/setting.ts'
import { desktopProxy, proxyFilesOfDesktop } from './desktop-proxy.ts'
import { type HostProxy, noProxy, parseInternetSettings, parseScutil, proxyFromEnvironment, seenFromGuest, splitList } from './host-proxy.ts'

/** The settings that decide; `system` takes what the host has. */
export interface ProxySettings {
  http: string
  https: string
  exclude: string
}

/** What the settings say of the proxy. */
export function proxySettings(values: Settings): ProxySettings {
  return { http: values['proxy.http'], https: values['proxy.https'], exclude: values['proxy.exclude'] }
}

/** What to ask; tests bring their own. */
export interface ProxySources {
  env?: NodeJS.ProcessEnv
  platform?: NodeJS.Platform
  run?: RunProgram
}

/** Runs a program of the system; its output, empty when it fails. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>

/** What a guest is to use, and what cannot be used. */
export interface FoundProxy {
  proxy: HostProxy
  /**
   * Whether anybody said so: a setting, the system, or a variable. On Linux variables and the desktop's settings tell of
   * a proxy; that an engine was started without the former, by a program or from another shell, says nothing of the network.
   */
  isTold: boolean
  problem: string | undefined
  /** The script that would say which proxy, where nothing else does; without what may be secret in its URL. */
  script: string | undefined
}

/** The host's proxy with URLs as the guest reaches them. */
export async function findProxy(settings: ProxySettings, { env = process.env, platform = process.platform, run = programsOf(env) }: ProxySources = {}): Promise<FoundProxy> {
  const isAsked = Object.values(settings).includes('system')
  const told = isAsked ? (proxyFromEnvironment(env) ?? (await systemProxy({ env, platform, run }))) : noProxy
  const host = told ?? noProxy
  const pick = (setting: string, own: string | undefined): string | undefined => (setting === 'system' ? own : setting) || undefined
  const wanted = { http: pick(settings.http, host.http), https: pick(settings.https, host.https) }
  const seen = (proxy: string | undefined): string | undefined => (proxy === undefined ? undefined : seenFromGuest(proxy))
  const proxy = { ...noProxy, http: seen(wanted.http), https: seen(wanted.https), exclude: settings.exclude === 'system' ? host.exclude : splitList(settings.exclude) }
  const bad = (['http', 'https'] as const).filter((kind) => wanted[kind] !== undefined && proxy[kind] === undefined)
  return {
    proxy,
    isTold: told !== undefined || settings.http !== 'system' || settings.https !== 'system',
    // Without its text, which may hold a password.
    problem: bad.length === 0 ? undefined : `The proxy for ${bad.join(' and ')} is not used: it is no URL such as "http://proxy.example:3128".`,
    script: isAsked && wanted.http === undefined && wanted.https === undefined && host.script !== undefined ? withoutSecrets(host.script) : undefined,
  }
}

/** Files that change when this system's proxy does, as far as it has such; on macOS resolv.conf, for another network may have another proxy. */
export function proxyFiles(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string[] {
  if (platform === 'darwin') return ['/Library/Preferences/SystemConfiguration/preferences.plist', '/etc/resolv.conf']
  return platform === 'linux' ? proxyFilesOfDesktop(env) : []
}

/** Undefined where the system says nothing of a proxy. */
async function systemProxy({ env, platform, run }: Required<ProxySources>): Promise<HostProxy | undefined> {
  if (platform === 'darwin') return parseScutil(await run('scutil', ['--proxy']))
  if (platform === 'win32') return parseInternetSettings(await run('reg', ['query', String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`]))
  return await desktopProxy(env, run)
}

function programsOf(env: NodeJS.ProcessEnv): RunProgram {
  return async (file, args) => {
    const { stdout } = await execa(file, args, { env: { ...env, LC_ALL: 'C.UTF-8' }, extendEnv: false, reject: false, timeout: 5000 })
    return stdout ?? ''
  }
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return '?'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
