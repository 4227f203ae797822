/** Where a host's programs send their requests to the web. */
export interface HostProxy {
  /** URLs; undefined goes straight. */
  http: string | undefined
  https: string | undefined
  /** Names, domains and addresses that are reached without it. */
  exclude: readonly string[]
  /** The URL of a script (a PAC file) that says where to, for each request; Cove does not run it. */
  script: string | undefined
}

export const noProxy: HostProxy = { http: undefined, https: undefined, exclude: [], script: undefined }

/** The variables that curl, git and Go read; undefined when none names a proxy. */
export function proxyFromEnvironment(env: NodeJS.ProcessEnv): HostProxy | undefined {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined
  const all = read('ALL_PROXY')
  const [http, https] = [read('HTTP_PROXY') ?? all, read('HTTPS_PROXY') ?? all]
  return http === undefined && https === undefined ? undefined : { ...noProxy, http, https, exclude: splitList(read('NO_PROXY') ?? '') }
}

/** What `scutil --proxy` prints on macOS. */
export function parseScutil(text: string): HostProxy {
  const value = (name: string): string | undefined => new RegExp(String.raw`^\s*${name} : (\S+)\s*$`, 'm').exec(text)?.[1]
  const proxy = (kind: string): string | undefined => (value(`${kind}Enable`) === '1' && value(`${kind}Proxy`) ? `http://${value(`${kind}Proxy`)}:${value(`${kind}Port`) ?? 80}` : undefined)
  const list = /ExceptionsList : <array> \{([^}]*)\}/.exec(text)?.[1] ?? ''
  const exclude = [...list.matchAll(/^\s*\d+ : (\S+)\s*$/gm)].map(([, host = '']) => withoutStar(host))
  const script = value('ProxyAutoConfigEnable') === '1' ? value('ProxyAutoConfigURLString') : undefined
  return { http: proxy('HTTP'), https: proxy('HTTPS'), exclude, script }
}

/** What `reg query "HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"` prints on Windows. */
export function parseInternetSettings(text: string): HostProxy {
  const value = (name: string): string | undefined => new RegExp(String.raw`^\s+${name}\s+REG_\w+\s+(\S.*?)\s*$`, 'm').exec(text)?.[1]
  const server = value('ProxyServer')
  const script = value('AutoConfigURL')
  if (value('ProxyEnable') !== '0x1' || server === undefined) return { ...noProxy, script }
  // One for all, or one for each protocol: "http=proxy:80;https=proxy:443".
  const parts = new Map(server.split(';').map((part) => part.split('=', 2) as [string, string | undefined]))
  const of = (kind: string): string | undefined => (server.includes('=') ? parts.get(kind) : server) || undefined
  const exclude = (value('ProxyOverride') ?? '').split(';').filter((host) => host !== '' && host !== '<local>').map(withoutStar)
  return { http: of('http'), https: of('https'), exclude, script }
}

/** The parts of a list with commas or spaces between. */
export function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

/** `*.example.com` as Go, hence Docker, writes it. */
export function withoutStar(host: string): string {
  return host.replace(/^\*(?=\.)/, '')
}

/**
 * A proxy's URL as the guest reaches it: the host's loopback has another address there, and a scheme is never left out.
 * Undefined for what is no such URL.
 */
export function seenFromGuest(proxy: string): string | undefined {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (!/^(?:https?|socks5h?):$/.test(url.protocol) || url.hostname === '') return undefined
  const isLoopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/i.test(url.hostname)
  const host = isLoopback ? '10.0.2.2' : url.hostname
  const login = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`
  return `${url.protocol}//${login}${host}${url.port === '' ? '' : `:${url.port}`}`
}
