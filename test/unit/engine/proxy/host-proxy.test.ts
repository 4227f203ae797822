import { describe, expect, it, test } from 'vitest'
import { findProxy } from '#engine/proxy/find-proxy.ts'
import { noProxy, parseInternetSettings, parseScutil, proxyFromEnvironment, seenFromGuest } from '#engine/proxy/host-proxy.ts'

describe('the environment', () => {
  it('names a proxy in either case, or one for all', () => {
    expect(proxyFromEnvironment({ HTTP_PROXY: 'http://a:1', https_proxy: 'http://b:2', NO_PROXY: 'x.lan, 10.0.0.0/8' })).toEqual({ http: 'http://a:1', https: 'http://b:2', exclude: ['x.lan', '10.0.0.0/8'] })
    expect(proxyFromEnvironment({ ALL_PROXY: 'socks5://s:1080', http_proxy: 'http://a:1' })).toMatchObject({ http: 'http://a:1', https: 'socks5://s:1080' })
  })

  it('without one says nothing', () => {
    expect(proxyFromEnvironment({ NO_PROXY: 'x', HTTP_PROXY: '' })).toBeUndefined()
  })
})

test('macOS tells by scutil --proxy', () => {
  const on = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 3128
  HTTPProxy : proxy.corp.example
  HTTPSEnable : 1
  HTTPSPort : 3129
  HTTPSProxy : secure.corp.example
}
`
  expect(parseScutil(on)).toEqual({ http: 'http://proxy.corp.example:3128', https: 'http://secure.corp.example:3129', exclude: ['.local', '169.254/16'] })
  expect(parseScutil(on.replace('HTTPEnable : 1', 'HTTPEnable : 0'))).toMatchObject({ http: undefined, https: 'http://secure.corp.example:3129' })
  expect(parseScutil('<dictionary> {\n  FTPPassive : 1\n}\n')).toEqual(noProxy)
})

test('Windows tells by its Internet Settings', () => {
  const text = (enable: string, server: string): string =>
    `\r\nHKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\r\n    ProxyEnable    REG_DWORD    ${enable}\r\n    ProxyServer    REG_SZ    ${server}\r\n    ProxyOverride    REG_SZ    *.corp.example;10.1.2.3;<local>\r\n`
  expect(parseInternetSettings(text('0x1', 'proxy:3128'))).toEqual({ http: 'proxy:3128', https: 'proxy:3128', exclude: ['.corp.example', '10.1.2.3'] })
  expect(parseInternetSettings(text('0x1', 'http=a:1;https=b:2;ftp=c:3'))).toMatchObject({ http: 'a:1', https: 'b:2' })
  expect(parseInternetSettings(text('0x0', 'proxy:3128'))).toEqual(noProxy)
  expect(parseInternetSettings('')).toEqual(noProxy)
})

test('a script that finds the proxy is known on each system, and not run', () => {
  expect(parseScutil('  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://corp.example/proxy.pac\n')).toEqual({ ...noProxy, script: 'http://corp.example/proxy.pac' })
  expect(parseScutil('  ProxyAutoConfigEnable : 0\n  ProxyAutoConfigURLString : http://corp.example/proxy.pac\n')).toEqual(noProxy)
  expect(parseInternetSettings('\r\n    ProxyEnable    REG_DWORD    0x0\r\n    AutoConfigURL    REG_SZ    http://corp.example/proxy.pac\r\n')).toEqual({ ...noProxy, script: 'http://corp.example/proxy.pac' })
})

test('the guest reaches a proxy on the host\'s loopback at the host\'s address; others as they are', () => {
  expect(seenFromGuest('http://localhost:3128')).toBe('http://10.0.2.2:3128')
  expect(seenFromGuest('127.0.0.1:3128')).toBe('http://10.0.2.2:3128')
  expect(seenFromGuest('http://[::1]:3128/')).toBe('http://10.0.2.2:3128')
  expect(seenFromGuest('http://user:p%40ss@proxy.corp.example:3128')).toBe('http://user:p%40ss@proxy.corp.example:3128')
  expect(seenFromGuest('socks5://proxy:1080')).toBe('socks5://proxy:1080')
  for (const bad of ['', 'http://', 'ftp://x', 'proxy with space:1', 'file:///etc/passwd']) expect(seenFromGuest(bad)).toBeUndefined()
})

describe('what a guest uses', () => {
  const system = { http: 'system', https: 'system', exclude: 'system' }
  const nobody = { HOME: '/nowhere' }
  const env = { HTTPS_PROXY: 'http://env:1', NO_PROXY: 'x.lan' }

  it('is what the host has, where no setting says otherwise', async () => {
    expect(await findProxy(system, { env, platform: 'linux' })).toMatchObject({ proxy: { http: undefined, https: 'http://env:1', exclude: ['x.lan'] }, isTold: true })
    expect(await findProxy({ http: 'http://own:2', https: '', exclude: 'a, b' }, { env, platform: 'linux' })).toMatchObject({ proxy: { http: 'http://own:2', https: undefined, exclude: ['a', 'b'] }, isTold: true })
  })

  it('is asked of the system where variables say nothing', async () => {
    const run = async (file: string): Promise<string> => (file === 'scutil' ? 'HTTPSEnable : 1\n  HTTPSProxy : mac\n  HTTPSPort : 8\n' : '    ProxyEnable    REG_DWORD    0x1\n    ProxyServer    REG_SZ    win:9\n')
    expect(await findProxy(system, { env: {}, platform: 'darwin', run })).toMatchObject({ proxy: { https: 'http://mac:8' }, isTold: true })
    expect(await findProxy(system, { env: {}, platform: 'win32', run })).toMatchObject({ proxy: { http: 'http://win:9' }, isTold: true })
    expect(await findProxy(system, { env: nobody, platform: 'linux' })).toMatchObject({ proxy: noProxy, isTold: false })
  })

  it('is none where a script would say, which is told without what may be secret in its URL, unless a proxy is named', async () => {
    const run = async (): Promise<string> => '  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://me:canary-82@corp.example:8000/proxy.pac?key=canary-83\n'
    const found = await findProxy(system, { env: {}, platform: 'darwin', run })
    expect(found).toMatchObject({ proxy: noProxy, isTold: true, script: 'http://corp.example:8000/proxy.pac' })
    expect(await findProxy({ ...system, https: 'http://own:2' }, { env: {}, platform: 'darwin', run })).toMatchObject({ proxy: { https: 'http://own:2' }, script: undefined })
    expect(await findProxy({ http: '', https: '', exclude: '' }, { env: {}, platform: 'darwin', run })).toMatchObject({ proxy: noProxy, script: undefined })
  })

  it('is never a URL that is none, and a complaint about one tells no password', async () => {
    const { proxy, problem } = await findProxy({ ...system, http: 'ftp://user:canary-81@x' }, { env: nobody, platform: 'linux' })
    expect(proxy.http).toBeUndefined()
    expect(problem).toContain('The proxy for http is not used')
    expect(problem).not.toContain('canary')
  })
})
