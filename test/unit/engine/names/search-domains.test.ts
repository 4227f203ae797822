import { describe, expect, it } from 'vitest'
import { parseServer } from '#engine/names/ask-servers.ts'
import { hostsFile, listsName } from '#engine/names/hosts-file.ts'
import { parseResolvConf, parseTcpipParameters } from '#engine/names/search-domains.ts'

describe('the search list', () => {
  it('is the last one of resolv.conf', () => {
    expect(parseResolvConf('domain old.example\nnameserver 10.0.0.1\nsearch corp.example lab.corp.example.\n')).toEqual(['corp.example', 'lab.corp.example'])
    expect(parseResolvConf('nameserver 10.0.0.1\n')).toEqual([])
    expect(parseResolvConf('search .\n')).toEqual([])
  })

  it('holds nothing but names, and no more than the guest takes', () => {
    expect(parseResolvConf('search ok.example $(reboot) a;b ö.example\n')).toEqual(['ok.example'])
    expect(parseResolvConf(`search ${'a'.repeat(60)}.example `.repeat(1) + `${'b'.repeat(60)}.example `.repeat(30)).join(' ').length).toBeLessThanOrEqual(800)
  })

  it('of Windows is the policy\'s or else the domain of this computer', () => {
    const head = '\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\r\n'
    expect(parseTcpipParameters(`${head}    Domain    REG_SZ    corp.example\r\n    SearchList    REG_SZ    a.example,b.example\r\n`)).toEqual(['a.example', 'b.example'])
    expect(parseTcpipParameters(`${head}    Domain    REG_SZ    corp.example\r\n    SearchList    REG_SZ    \r\n`)).toEqual(['corp.example'])
    expect(parseTcpipParameters(`${head}    DhcpDomain    REG_SZ    lan\r\n`)).toEqual(['lan'])
    expect(parseTcpipParameters('')).toEqual([])
  })
})

describe('the hosts file', () => {
  it('lists names and aliases in any case, comments aside', () => {
    const text = '127.0.0.1 localhost\r\n127.0.1.1\tbox.lan box # was: old\n#10.0.0.1 gone\n'
    for (const name of ['localhost', 'BOX', 'box.lan']) expect(listsName(text, name)).toBe(true)
    for (const name of ['old', 'gone', '127.0.0.1', 'lan']) expect(listsName(text, name)).toBe(false)
  })

  it('lies where each system keeps it', () => {
    expect(hostsFile('linux')).toBe('/etc/hosts')
    expect(hostsFile('darwin')).toBe('/etc/hosts')
    expect(hostsFile('win32', { SystemRoot: 'D:\\Windows' })).toMatch(/^D:\\Windows.System32.drivers.etc.hosts$/)
  })
})

it('a name server is written with or without its port', () => {
  expect(parseServer('10.0.0.1')).toEqual({ host: '10.0.0.1', port: 53 })
  expect(parseServer('10.0.0.1:5353')).toEqual({ host: '10.0.0.1', port: 5353 })
  expect(parseServer('2001:db8::1')).toEqual({ host: '2001:db8::1', port: 53 })
  expect(parseServer('[fe80::1%eth0]:5353')).toEqual({ host: 'fe80::1%eth0', port: 5353 })
})
