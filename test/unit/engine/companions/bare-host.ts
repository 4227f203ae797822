const proxies = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

/** A host that trusts nothing of its own and has no proxy, by this process' variables, until the end of the scope; `given` are others that hold. */
export function bareHost(given: Record<string, string> = {}): Disposable {
  const wanted: Record<string, string | undefined> = { ...Object.fromEntries(proxies.map((name) => [name, undefined])), SSL_CERT_FILE: '/nowhere', XDG_CURRENT_DESKTOP: 'KDE', XDG_CONFIG_HOME: '/nowhere', ...given }
  const former = Object.fromEntries(Object.keys(wanted).map((name) => [name, process.env[name]]))
  setAll(wanted)
  return { [Symbol.dispose]: () => setAll(former) }
}

function setAll(values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
