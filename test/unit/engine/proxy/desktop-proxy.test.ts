import { execa } from 'execa'
import { mkdir, writeFile } from 'node:fs/promises'
import { describe, expect, it, test } from 'vitest'
import { desktopProxy, parseGsettings, parseKioslaverc, proxyFilesOfDesktop } from '#engine/proxy/desktop-proxy.ts'
import { findProxy } from '#engine/proxy/find-proxy.ts'
import { noProxy } from '#engine/proxy/host-proxy.ts'
import { tempDir } from '../../base/temp-dir.ts'

const system = { http: 'system', https: 'system', exclude: 'system' }

describe.runIf(process.platform === 'linux')('GNOME\'s settings, by its own programs', () => {
  it('name a proxy once they are set, and none when they are not', async () => {
    await using dir = tempDir()
    await mkdir(dir.at('run'), { mode: 0o700 })
    const env = { HOME: dir.path, XDG_RUNTIME_DIR: dir.at('run'), PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }
    const set = (values: readonly (readonly [string, string])[]) => execa('dbus-run-session', ['--', 'sh', '-ec', values.map(() => 'gsettings set "$1" "$2" "$3"; shift 3').join('\n'), 'sh', ...values.flatMap(([key, value]) => [`org.gnome.system.proxy${key.slice(0, key.lastIndexOf(' '))}`, key.slice(key.lastIndexOf(' ') + 1), value])], { env, extendEnv: false })
    expect(await findProxy(system, { env, platform: 'linux' })).toMatchObject({ isTold: false, proxy: noProxy })

    await set([['.http host', "'proxy.corp.example'"], ['.http port', '3128'], ['.http use-authentication', 'true'], ['.http authentication-user', "'some@one'"], ['.http authentication-password', String.raw`"a'b\"c\\d:ü"`], ['.https host', "'::1'"], ['.https port', '3129'], [' ignore-hosts', "['*.corp.example', '10.0.0.0/8']"], [' mode', "'manual'"]])
    const password = encodeURIComponent(String.raw`a'b"c\d:ü`)
    expect(await findProxy(system, { env, platform: 'linux' })).toMatchObject({ isTold: true, problem: undefined, proxy: { http: `http://some%40one:${password}@proxy.corp.example:3128`, https: 'http://10.0.2.2:3129', exclude: ['.corp.example', '10.0.0.0/8'] } })
    // What a shell says comes first, and another desktop's settings count for nothing in KDE.
    expect(await findProxy(system, { env: { ...env, HTTPS_PROXY: 'http://env:1' }, platform: 'linux' })).toMatchObject({ proxy: { http: undefined, https: 'http://env:1' } })
    expect(await findProxy(system, { env: { ...env, XDG_CURRENT_DESKTOP: 'KDE' }, platform: 'linux' })).toMatchObject({ isTold: false })

    await set([['.https host', "''"], ['.socks host', "'socks.corp.example'"], ['.socks port', '1080'], [' ignore-hosts', '[]']])
    expect(await findProxy(system, { env, platform: 'linux' })).toMatchObject({ proxy: { https: 'socks5://socks.corp.example:1080', exclude: [] } })
    await set([[' mode', "'auto'"], [' autoconfig-url', "'http://corp.example/proxy.pac'"]])
    expect(await findProxy(system, { env, platform: 'linux' })).toMatchObject({ isTold: true, proxy: noProxy, script: 'http://corp.example/proxy.pac' })
    await set([[' mode', "'none'"]])
    expect(await findProxy(system, { env, platform: 'linux' })).toMatchObject({ isTold: false, proxy: noProxy, script: undefined })
  })
})

test('without settings of a desktop no program is run', async () => {
  const run = async (): Promise<string> => await Promise.reject(new Error('nobody asked for it'))
  expect(await desktopProxy({ HOME: '/nowhere' }, run)).toBeUndefined()
  expect(parseGsettings('')).toBeUndefined()
  expect(parseGsettings('No such schema “org.gnome.system.proxy”')).toBeUndefined()
  expect(parseGsettings("org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url ''\n")).toMatchObject({ script: 'http://wpad/wpad.dat' })
})

describe('KDE', () => {
  const file = (lines: string): string => `[$Version]\nupdate_info=x\n\n[Proxy Settings][]\nhttpProxy=no\n[Proxy Settings]\n${lines}\n[Other]\nProxyType=9\nhttpsProxy=http://other 1\n`

  it('has its proxies in kioslaverc, with the port behind a space', () => {
    expect(parseKioslaverc('[Proxy Settings]\nProxyType=1\nhttpProxy=http://proxy.corp.example 3128\nhttpsProxy=http://secure.corp.example:3129\nNoProxyFor=localhost,*.corp.example\n\n[Other]\nhttpProxy=x\n')).toEqual({ http: 'http://proxy.corp.example:3128', https: 'http://secure.corp.example:3129', exclude: ['localhost', '.corp.example'] })
    expect(parseKioslaverc(file('ProxyType=1\nsocksProxy=socks://s.example 1080\nReversedException=true\nNoProxyFor=a'))).toEqual({ http: 'socks5://s.example:1080', https: 'socks5://s.example:1080', exclude: [] })
  })

  it('may name a script, leave it to the network or to variables, or have none', () => {
    expect(parseKioslaverc(file('ProxyType=2\nProxy Config Script=http://corp.example/proxy.pac'))).toEqual({ ...noProxy, script: 'http://corp.example/proxy.pac' })
    expect(parseKioslaverc(file('ProxyType=3'))).toEqual({ ...noProxy, script: 'http://wpad/wpad.dat' })
    for (const type of ['0', '4']) expect(parseKioslaverc(file(`ProxyType=${type}\nhttpProxy=http://proxy 3128`))).toBeUndefined()
    expect(parseKioslaverc('')).toBeUndefined()
  })

  it('is asked where it is the desktop, or where none is named', async () => {
    await using dir = tempDir()
    await writeFile(dir.at('kioslaverc'), '[Proxy Settings]\nProxyType=1\nhttpsProxy=http://proxy.corp.example 3128\n')
    const env = { HOME: '/nowhere', XDG_CONFIG_HOME: dir.path }
    const run = async (): Promise<string> => ''
    for (const desktop of [undefined, 'KDE', 'ubuntu:KDE']) expect(await desktopProxy({ ...env, XDG_CURRENT_DESKTOP: desktop }, run)).toMatchObject({ https: 'http://proxy.corp.example:3128' })
    expect(await desktopProxy({ ...env, XDG_CURRENT_DESKTOP: 'GNOME' }, run)).toBeUndefined()
    expect(proxyFilesOfDesktop(env)).toEqual([dir.at('dconf/user'), dir.at('glib-2.0/settings/keyfile'), dir.at('kioslaverc')])
  })
})
