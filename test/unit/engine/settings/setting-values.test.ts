import { describe, expect, it } from 'vitest'
import { type SettingName, Settings } from '#contract/setting.ts'
import { entryOf, parseSetting } from '#engine/settings/setting-values.ts'

const defaults = Settings.parse({})

describe('a proxy', () => {
  it.each([
    ['http://user:canary@proxy.lan:3128', 'http://user:***@proxy.lan:3128'],
    ['http://:canary@proxy.lan', 'http://:***@proxy.lan'],
    ['user:canary@proxy.lan:3128', 'user:***@proxy.lan:3128'],
    ['http://user@proxy.lan:3128', 'http://user@proxy.lan:3128'],
    ['http://proxy.lan:3128/', 'http://proxy.lan:3128/'],
  ])('%s is shown as %s', (value, shown) => {
    expect(entryOf('proxy.https', { ...defaults, 'proxy.https': value }, true).value).toBe(shown)
  })
})

describe('insecure registries', () => {
  const accepts = (text: string): boolean => parseSetting('registry.insecure', text).success

  it.each(['registry.lan', 'registry.lan:5000', '10.0.0.7:5000', '10.0.0.0/8', '["[::1]:5000"]', 'a.lan,b.lan:1'])('may be %s', (text) => {
    expect(accepts(text)).toBe(true)
  })

  it.each(['http://registry.lan', 'registry.lan/path', 'registry.lan:port', '10.0.0.0/33', '-a.lan', 'a lan', '"', ':5000'])('may not be %s, which would keep Docker from starting', (text) => {
    expect(accepts(text)).toBe(false)
  })
})

it('virtiofs can be chosen on Linux alone', () => {
  expect(parseSetting('share.driver', 'virtiofs', 'linux')).toEqual({ success: true, value: 'virtiofs' })
  for (const platform of ['darwin', 'win32'] as const) expect(parseSetting('share.driver', 'virtiofs', platform)).toEqual({ success: false, reason: 'virtiofs works on Linux alone' })
  expect(parseSetting('share.driver', 'cove', 'darwin').success).toBe(true)
})

it('name servers are addresses with a port where it is another, names stand before their address', () => {
  const accepts = (name: SettingName, text: string): boolean => parseSetting(name, text).success
  for (const good of ['10.0.0.53', '10.0.0.53:5353', 'fd00::53', '[fd00::53]:5353', '', '10.0.0.1,10.0.0.2,10.0.0.3']) expect([good, accepts('dns.servers', good)]).toEqual([good, true])
  for (const bad of ['dns.lan', '10.0.0.1:0', '10.0.0.1:65536', '10.0.0', '[fd00::53]', '[10.0.0.1]x:53', '10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4']) expect([bad, accepts('dns.servers', bad)]).toEqual([bad, false])
  for (const good of ['db.test=10.0.0.7', 'db=fd00::7', 'a_b.test=10.0.0.7,c=10.0.0.8']) expect([good, accepts('dns.hosts', good)]).toEqual([good, true])
  for (const bad of ['db.test', 'db.test=', '=10.0.0.7', 'db test=10.0.0.7', 'db.test=box', 'db..test=10.0.0.7', `${'a'.repeat(64)}=10.0.0.7`]) expect([bad, accepts('dns.hosts', bad)]).toEqual([bad, false])
})
