import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { changeBetween, daemonOptions, proxyVariables } from '#engine/registries/daemon-options.ts'
import { applyWishes, type GuestAccess, type GuestWishes } from '#engine/registries/guest-docker.ts'

const direct = { http: undefined, https: undefined, exclude: [] }
const base = { 'log-level': 'warn' }
const signal = new AbortController().signal

describe('daemon.json', () => {
  it('names insecure registries also when there are none: a missing list would change nothing', () => {
    expect(daemonOptions({ imageStore: 'classic', insecureRegistries: [], proxy: direct })).toEqual({ 'insecure-registries': [] })
    expect(daemonOptions({ imageStore: 'containerd', insecureRegistries: [], proxy: direct })).toMatchObject({ features: { 'containerd-snapshotter': true } })
    expect(daemonOptions({ imageStore: 'classic', insecureRegistries: ['b:1', 'a:1', 'b:1'], proxy: direct })).toEqual({ 'insecure-registries': ['a:1', 'b:1'] })
  })

  it('sends nothing of the host\'s or the guest\'s own through the proxy', () => {
    const { proxies } = daemonOptions({ imageStore: 'classic', insecureRegistries: [], proxy: { http: undefined, https: 'http://p:1', exclude: ['x.lan'] } }) as { proxies: Record<string, string> }
    expect(proxies['https-proxy']).toBe('http://p:1')
    expect(proxies).not.toHaveProperty('http-proxy')
    expect(proxies['no-proxy']?.split(',')).toEqual(expect.arrayContaining(['localhost', 'host.docker.internal', 'x.lan']))
  })
})

test('programs in builds find the proxy by variables in both cases, with what does not go through it', () => {
  expect(proxyVariables(direct)).toEqual([])
  const variables = proxyVariables({ http: undefined, https: 'http://p:1', exclude: ['x.lan'] })
  expect(variables.slice(0, 2)).toEqual(['HTTPS_PROXY=http://p:1', 'https_proxy=http://p:1'])
  expect(variables.slice(2)).toEqual([expect.stringMatching(/^NO_PROXY=localhost,.*,x\.lan$/), expect.stringMatching(/^no_proxy=localhost,.*,x\.lan$/)])
  expect(proxyVariables({ http: 'http://p:1', https: 'http://p:1', exclude: [] })).toHaveLength(6)
})

test('insecure registries are re-read, anything else needs Docker to start again', () => {
  expect(changeBetween({ a: 1 }, { a: 1 })).toBe('none')
  expect(changeBetween({ 'insecure-registries': [] }, { 'insecure-registries': ['x'] })).toBe('reload')
  expect(changeBetween({}, { proxies: {} })).toBe('restart')
  expect(changeBetween({ proxies: {} }, {})).toBe('restart')
})

const sumOf = (text = ''): string => createHash('sha256').update(text).digest('hex')

/** A guest in this process: its files, and the signals its Docker got. */
function guest(present: object, { certificates = '\n', isInUse = false } = {}): GuestAccess & { files: Map<string, string>; signals: string[] } {
  const files = new Map([['/etc/docker/daemon.json', JSON.stringify(base)], ['/run/cove/daemon.json', JSON.stringify(present)], ['/etc/ssl/certs/cove-host.pem', certificates], ['/run/cove/proxy-env', '\n']])
  const signals: string[] = []
  return {
    files,
    signals,
    isInUse: async () => isInUse,
    run: async (command, input) => {
      const to = /cat > (\S+)\.new/.exec(command)?.[1]
      const mark = /^(touch|rm -f) (\S+)$/.exec(command)
      if (mark?.[1] === 'touch') files.set(mark[2] ?? '', '')
      else if (mark) files.delete(mark[2] ?? '')
      if (to === undefined) return `${files.get('/etc/docker/daemon.json')}\n==\n${files.get('/run/cove/daemon.json')}\n==\n${sumOf(files.get('/etc/ssl/certs/cove-host.pem'))}  -\n\n==\n${sumOf(files.get('/run/cove/proxy-env'))}  -\n\n==\n${[...files.keys()].filter((path) => path.startsWith('/var/lib/cove/')).join('\n')}`
      files.set(to, input)
      return ''
    },
    signalDocker: (how) => void signals.push(how),
  }
}

describe('a guest that runs', () => {
  const wishes = (options: object, more: Partial<GuestWishes> = {}): GuestWishes => ({ options: { 'insecure-registries': [], ...options }, certificates: '\n', proxyEnvironment: '\n', forContainers: { certificates: false, proxy: false }, keepsProxy: false, ...more })
  const inFile = (on: { files: Map<string, string> }): unknown => JSON.parse(on.files.get('/run/cove/daemon.json') ?? '')

  it('that has everything is left alone', async () => {
    const on = guest({ ...base, 'insecure-registries': [] })
    expect(await applyWishes(on, wishes({}), signal)).toBe('unchanged')
    expect(on.signals).toEqual([])
  })

  it('is told at once what containers get too, without Docker starting again', async () => {
    const on = guest({ ...base, 'insecure-registries': [] }, { isInUse: true })
    for (const forContainers of [{ certificates: true, proxy: false }, { certificates: true, proxy: true }, { certificates: false, proxy: true }, { certificates: false, proxy: false }]) {
      expect(await applyWishes(on, wishes({}, { forContainers }), signal)).toBe('unchanged')
      expect([on.files.has('/var/lib/cove/ca-containers'), on.files.has('/var/lib/cove/proxy-containers')]).toEqual([forContainers.certificates, forContainers.proxy])
    }
    expect(on.signals).toEqual([])
  })

  it('has the proxy for builds at once, while Docker itself waits, and keeps the one that nobody took back', async () => {
    const on = guest({ ...base, 'insecure-registries': [] }, { isInUse: true })
    const [proxies, proxyEnvironment] = [{ 'https-proxy': 'http://p:1' }, '"HTTPS_PROXY=http://p:1"\n']
    expect(await applyWishes(on, wishes({ proxies }, { proxyEnvironment }), signal)).toBe('pending')
    expect(on.files.get('/run/cove/proxy-env')).toBe(proxyEnvironment)
    const other = guest({ ...base, 'insecure-registries': [], proxies })
    other.files.set('/run/cove/proxy-env', proxyEnvironment)
    expect(await applyWishes(other, wishes({}, { keepsProxy: true }), signal)).toBe('unchanged')
    expect(other.files.get('/run/cove/proxy-env')).toBe(proxyEnvironment)
    expect(await applyWishes(other, wishes({}), signal)).toBe('restarted')
    expect(other.files.get('/run/cove/proxy-env')).toBe('\n')
  })

  it('learns of registries while containers run', async () => {
    const on = guest({ ...base, 'insecure-registries': [] }, { isInUse: true })
    expect(await applyWishes(on, wishes({ 'insecure-registries': ['x:1'] }), signal)).toBe('reloaded')
    expect(on.signals).toEqual(['reload'])
    expect(inFile(on)).toEqual({ ...base, 'insecure-registries': ['x:1'] })
  })

  it('starts Docker again for a proxy or a certificate while nothing runs', async () => {
    const on = guest({ ...base, 'insecure-registries': [] })
    expect(await applyWishes(on, wishes({ proxies: { 'https-proxy': 'p' } }), signal)).toBe('restarted')
    expect(await applyWishes(on, wishes({ proxies: { 'https-proxy': 'p' } }, { certificates: 'PEM' }), signal)).toBe('restarted')
    expect(on.signals).toEqual(['restart', 'restart'])
    expect(on.files.get('/etc/ssl/certs/cove-host.pem')).toBe('PEM')
  })

  it('with containers waits with what would end them, and takes the rest', async () => {
    const on = guest({ ...base, 'insecure-registries': [] }, { isInUse: true })
    expect(await applyWishes(on, wishes({ 'insecure-registries': ['x:1'], proxies: { 'https-proxy': 'p' } }, { certificates: 'PEM' }), signal)).toBe('pending')
    expect(on.signals).toEqual(['reload'])
    expect(inFile(on)).toEqual({ ...base, 'insecure-registries': ['x:1'] })
    expect(on.files.get('/etc/ssl/certs/cove-host.pem')).toBe('\n')
  })

  it('keeps its proxy when an engine without the variables finds it', async () => {
    const present = { ...base, 'insecure-registries': [], proxies: { 'https-proxy': 'p' } }
    expect(await applyWishes(guest(present), wishes({}, { keepsProxy: true }), signal)).toBe('unchanged')
    expect(await applyWishes(guest(present), wishes({}), signal)).toBe('restarted')
  })
})
