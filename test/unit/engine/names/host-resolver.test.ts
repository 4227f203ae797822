import { Resolver } from 'node:dns/promises'
import { describe, expect, it } from 'vitest'
import { HostLookup, type LookupOutcome } from '#engine/names/host-lookup.ts'
import { HostResolver } from '#engine/names/host-resolver.ts'
import { ownNames, type OwnNames } from '#engine/names/own-names.ts'
import { askedName, type DnsServer, query, replyTo, startDnsServer } from '../../../fixtures/dns/dns-server.ts'

const hosts: Record<string, LookupOutcome> = {
  'both.test': [{ address: '192.0.2.7', family: 4 }, { address: '2001:db8::17:2', family: 6 }],
  'mapped.test': [{ address: '::ffff:192.0.2.8', family: 6 }],
  'here.test': [{ address: '127.0.1.1', family: 4 }],
  'loop.example': [{ address: '127.0.0.1', family: 4 }],
  localhost: [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }],
  'broken.test': 'failed',
}
const asked: string[] = []

interface Stage extends AsyncDisposable {
  client: Resolver
  resolver: HostResolver
  upstream: DnsServer
}

/** Node's own resolver (c-ares) asks ours, which knows the hosts above and a server with some records. */
async function stage(own?: () => OwnNames): Promise<Stage> {
  const upstream = await startDnsServer((message, transport) => {
    const name = askedName(message)
    if (name === 'mail.example') return replyTo(message, 0, [Buffer.concat([Buffer.from([0, 10]), Buffer.from('\x02mx\x07example\x00')])])
    if (name === 'text.example') return transport === 'udp' ? truncated(message) : replyTo(message, 0, [Buffer.from('\x05hello')])
    if (name === 'empty.example') return replyTo(message, 0)
    if (name === 'silent.example') return undefined
    return replyTo(message, name === 'refused.example' ? 5 : 3)
  })
  const lookup = new HostLookup(async (name) => {
    asked.push(name)
    return hosts[name] ?? 'none'
  })
  const resolver = new HostResolver({ lookup, servers: () => [upstream.address], isInHostsFile: async (name) => name === 'here.test', ...(own ? { own } : {}) })
  const front = await startDnsServer((message, transport) => resolver.resolve(message, transport))
  const client = new Resolver({ timeout: 3000, tries: 1 })
  client.setServers([front.address])
  return { client, resolver, upstream, [Symbol.asyncDispose]: async () => void (await Promise.all([front[Symbol.asyncDispose](), upstream[Symbol.asyncDispose]()])) }
}

function truncated(message: Buffer): Buffer {
  const reply = replyTo(message, 0)
  reply.writeUInt16BE(reply.readUInt16BE(2) | 0x0200, 2)
  return reply
}

const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'answered', (error: { code?: string }) => error.code)

describe('addresses', () => {
  it('are those that the host finds, of the family that was asked for', async () => {
    await using on = await stage()
    expect(await on.client.resolve4('both.test', { ttl: true })).toEqual([{ address: '192.0.2.7', ttl: 5 }])
    expect(await on.client.resolve6('both.test')).toEqual(['2001:db8::17:2'])
    expect(await on.client.resolve6('mapped.test')).toEqual(['::ffff:192.0.2.8'])
    expect(on.upstream.queries).toEqual([])
  })

  it('of a name the host has in the other family only are no data, not a missing name', async () => {
    await using on = await stage()
    expect(await codeOf(on.client.resolve4('mapped.test'))).toBe('ENODATA')
  })

  it('that the hosts file gives to this machine lead to the host; loopback from elsewhere stays', async () => {
    await using on = await stage()
    expect(await on.client.resolve4('here.test')).toEqual(['10.0.2.2'])
    expect(await on.client.resolve4('loop.example')).toEqual(['127.0.0.1'])
    expect(await on.client.resolve6('localhost')).toEqual(['::1'])
  })

  it('of an unknown name: the server tells whether there is no such name or no such record', async () => {
    await using on = await stage()
    expect(await codeOf(on.client.resolve4('nobody.example'))).toBe('ENOTFOUND')
    expect(await codeOf(on.client.resolve4('empty.example'))).toBe('ENODATA')
  })

  it('that the host could not find out are a failure of the server, not a missing name', async () => {
    await using on = await stage()
    hosts['silent.example'] = 'failed'
    expect(await codeOf(on.client.resolve4('silent.example'))).toBe('ESERVFAIL')
  })

  it('are not looked up for what is an address to getaddrinfo', async () => {
    await using on = await stage()
    asked.length = 0
    for (const name of ['1.2.3.4', '127.1', '0x7f000001', 'a b', '']) await on.resolver.resolve(query(name, 1), 'udp')
    expect(asked).toEqual([])
  })
})

describe('with servers and names of the user\'s own', () => {
  const own = ownNames({
    'dns.servers': [],
    'dns.hosts': ['Box.test=192.0.2.9', 'box.test=2001:db8::9', 'both.test=192.0.2.99', 'me.test=127.0.0.1'],
  })

  it('a name of the settings has the address given there, whatever this computer says', async () => {
    await using on = await stage(() => own)
    expect(await on.client.resolve4('bOx.test')).toEqual(['192.0.2.9'])
    expect(await on.client.resolve6('box.test')).toEqual(['2001:db8::9'])
    expect(await on.client.resolve4('both.test')).toEqual(['192.0.2.99'])
    expect(await codeOf(on.client.resolve6('both.test'))).toBe('ENODATA')
    expect(await on.client.resolve4('me.test')).toEqual(['10.0.2.2'])
  })

  it('the servers are asked instead of this computer\'s, but for names of its hosts file', async () => {
    await using other = await startDnsServer((message) => replyTo(message, 0, [Buffer.from([192, 0, 2, 200])]))
    await using on = await stage(() => ({ ...own, servers: [other.address] }))
    asked.length = 0
    expect(await on.client.resolve4('loop.example')).toEqual(['192.0.2.200'])
    expect(asked).toEqual([])
    expect(await on.client.resolve4('here.test')).toEqual(['10.0.2.2'])
    await on.client.resolveMx('mail.example').catch(() => undefined)
    expect(other.queries).toHaveLength(2)
    expect(on.upstream.queries).toEqual([])
  })

  it('hold from the next question on', async () => {
    let now: OwnNames = { servers: [], hosts: new Map() }
    await using on = await stage(() => now)
    expect(await on.client.resolve4('both.test')).toEqual(['192.0.2.7'])
    now = own
    expect(await on.client.resolve4('both.test')).toEqual(['192.0.2.99'])
  })
})

describe('other records', () => {
  it('come from the host\'s name servers as they are', async () => {
    await using on = await stage()
    expect(await on.client.resolveMx('mail.example')).toMatchObject([{ exchange: 'mx.example', priority: 10 }])
    expect(await codeOf(on.client.resolveSrv('nobody.example'))).toBe('ENOTFOUND')
    expect(await codeOf(on.client.resolveMx('refused.example'))).toBe('EREFUSED')
  })

  it('that do not fit are asked for again by TCP', async () => {
    await using on = await stage()
    expect(await on.client.resolveTxt('text.example')).toEqual([['hello']])
  })

  it('that no server gives are a failure', async () => {
    await using on = await stage()
    expect(await codeOf(on.client.resolveCaa('silent.example'))).toBe('ESERVFAIL')
  })

  it('are asked for under another id than the container\'s', async () => {
    await using on = await stage()
    const ids = new Set<number>()
    for (let i = 0; i < 4; i++) expect((await on.resolver.resolve(query('mail.example', 15, { id: 7 }), 'udp'))?.readUInt16BE(0)).toBe(7)
    for (const message of on.upstream.queries) ids.add(message.readUInt16BE(0))
    expect(ids.size).toBeGreaterThan(1)
  })
})
