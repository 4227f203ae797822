/** What the host asks of Docker beyond the guest's own daemon.json. */
export interface DaemonWishes {
  /** containerd's own store keeps several platforms of one image; Docker's classic one is the default. */
  imageStore: 'classic' | 'containerd'
  /** Registries that may be spoken to without TLS, or with a certificate nobody vouches for. */
  insecureRegistries: readonly string[]
  /** How pulls and pushes leave the guest, URLs as it reaches them; undefined goes straight to the registry. */
  proxy: { http: string | undefined; https: string | undefined; exclude: readonly string[] }
}

/** Members of daemon.json; its file in the guest keeps all others. dockerd(8) "Daemon configuration file". */
export type DaemonOptions = Record<string, unknown>

/** The wishes as members of daemon.json. Lists that may shrink are always there: dockerd takes a missing one for "as before". */
export function daemonOptions({ imageStore, insecureRegistries, proxy }: DaemonWishes): DaemonOptions {
  return {
    'insecure-registries': [...new Set(insecureRegistries)].toSorted(),
    ...(imageStore === 'containerd' ? { features: { 'containerd-snapshotter': true } } : {}),
    ...(proxy.http === undefined && proxy.https === undefined ? {} : { proxies: proxies(proxy) }),
  }
}

function proxies({ http, https, exclude }: DaemonWishes['proxy']): Record<string, string> {
  return {
    ...(http === undefined ? {} : { 'http-proxy': http }),
    ...(https === undefined ? {} : { 'https-proxy': https }),
    'no-proxy': withoutProxy(exclude),
  }
}

/** The variables by which programs in builds and containers find the proxy, in both cases as programs differ in which they read; none where there is no proxy. */
export function proxyVariables({ http, https, exclude }: DaemonWishes['proxy']): string[] {
  if (http === undefined && https === undefined) return []
  const given = [['HTTP_PROXY', http], ['HTTPS_PROXY', https], ['NO_PROXY', withoutProxy(exclude)]] as const
  return given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`, `${name.toLowerCase()}=${value}`]))
}

function withoutProxy(exclude: readonly string[]): string {
  return [...new Set([...neverProxied, ...exclude])].join(',')
}

/** The guest itself and, through it, the host: a proxy elsewhere knows neither. */
const neverProxied = ['localhost', '127.0.0.0/8', '::1', '10.0.2.0/24', 'host.docker.internal', 'gateway.docker.internal']

/** How Docker learns of other options: not at all, by re-reading its file, or only when it starts again. */
export type DaemonChange = 'none' | 'reload' | 'restart'

/** What re-reading is enough for; dockerd(8) "Configuration reload behavior". */
const reloadable = ['insecure-registries']

/** What it takes to bring Docker from the options it runs with to the wanted ones. */
export function changeBetween(present: DaemonOptions, wanted: DaemonOptions): DaemonChange {
  const differing = [...new Set([...Object.keys(present), ...Object.keys(wanted)])].filter((key) => JSON.stringify(present[key]) !== JSON.stringify(wanted[key]))
  if (differing.length === 0) return 'none'
  return differing.every((key) => reloadable.includes(key)) ? 'reload' : 'restart'
}
