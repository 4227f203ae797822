import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { askedName, replyTo, startDnsServer } from '../fixtures/dns/dns-server.ts'
import { image, startContainer } from './fixtures/containers.ts'
import { endEngine, untilStatus } from './fixtures/engine.ts'
import { type TemporaryFolder, temporaryFolder } from './fixtures/host.ts'
import { coveOk, cove, docker, dockerOk } from './fixtures/run.ts'
import { engineSeeing } from './fixtures/seeing.ts'
import { setting } from './fixtures/settings.ts'

describe('the host\'s own servers', () => {
  it('H1 are reached as host.docker.internal and gateway.docker.internal, bound to 127.0.0.1 as they are', async () => {
    await using server = await greeter()
    const script = `for name in host.docker.internal gateway.docker.internal; do nc -w 9 $name ${server.port} </dev/null; done`
    expect(await dockerOk(['run', '--rm', image, 'sh', '-c', script])).toBe('hello\nhello')
  })

  it('H2 are reached through any name given to host-gateway', async () => {
    await using server = await greeter()
    expect(await dockerOk(['run', '--rm', '--add-host', 'my-mac:host-gateway', image, 'sh', '-c', `nc -w 9 my-mac ${server.port} </dev/null`])).toBe('hello')
  })

  it('H1 keep their name while no engine runs', async () => {
    await using asking = await startContainer(['sh', '-c', 'sleep 4; nslookup -type=a host.docker.internal; nslookup -type=a gateway.docker.internal'])
    await endEngine('SIGKILL')
    await coveOk(['status'])
    await (await untilStatus(({ state }) => state === 'running')).happened
    await dockerOk(['wait', asking.name])
    expect((await docker(['logs', asking.name])).stdout.match(/Address: 10\.0\.2\.2/g)).toHaveLength(2)
  })
})

it('H3 dns.servers and dns.hosts hold at once, also for what Docker looks up; a wrong one changes nothing', async () => {
  await using server = await startDnsServer((query) => (askedName(query) === 'wiki.own.test' ? replyTo(query, 0, query.readUInt16BE(query.indexOf(0, 12) + 1) === 1 ? [Buffer.from([192, 0, 2, 10])] : []) : replyTo(query, 3)))
  await using asking = await startContainer(['sleep', '900'])
  const ask = (name: string): Promise<string> => nslookup(asking.name, ['-type=a', name])
  expect(await ask('wiki.own.test')).not.toContain('192.0.2.10')
  await using _servers = await setting('dns.servers', server.address)
  await using _hosts = await setting('dns.hosts', 'db.own.test=192.0.2.44,loop.own.test=127.0.0.1')
  expect(await ask('wiki.own.test')).toContain('Address: 192.0.2.10')
  expect(await ask('nobody.own.test')).toContain('NXDOMAIN')
  expect(await ask('db.own.test')).toContain('Address: 192.0.2.44')
  // What the name's owner gives to loopback means this computer.
  expect((await docker(['pull', 'loop.own.test:1/x'])).stderr).toContain('dial tcp 10.0.2.2:1')
  for (const wrong of ['nonsense', '10.0.0.1:0', '10.0.0.256', '10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4']) expect(await cove(['config', 'set', 'dns.servers', wrong])).toMatchObject({ exitCode: 2 })
  expect(await cove(['config', 'set', 'dns.hosts', 'db.test'])).toMatchObject({ exitCode: 2 })
  expect(await coveOk(['config', 'get', 'dns.servers'])).toContain(server.address)
})

// A host's name server listens on port 53, and mounts are made: both are root's.
describe.skipIf(process.getuid?.() !== 0)('names', () => {
  it('H3 of the host\'s hosts file, its name servers and its search list hold in containers, and so do changes', async () => {
    await using folder = await temporaryFolder()
    await using server = await corporateServer()
    const files = await hostView(folder, 'corp.test')
    await using _engine = await engineSeeing(files)
    await using asking = await startContainer(['sleep', '900'])
    const ask = (...words: string[]): Promise<string> => nslookup(asking.name, words)

    expect(await ask('-type=a', 'db.hosts.test')).toContain('Address: 192.0.2.77')
    expect(await ask('-type=a', 'this.hosts.test')).toContain('Address: 10.0.2.2')
    expect(await ask('-type=a', 'wiki.corp.test')).toContain('Address: 192.0.2.10')
    expect(await ask('-type=a', 'wiki')).toContain('Address: 192.0.2.10')
    expect(await ask('-type=mx', 'corp.test')).toContain('mail exchanger = 10 mx.corp.test')
    expect(await ask('-type=a', 'nobody.corp.test')).toContain('NXDOMAIN')
    expect(await ask('-type=txt', 'wiki.corp.test')).not.toContain('NXDOMAIN')
    expect(await dockerOk(['exec', asking.name, 'cat', '/etc/resolv.conf'])).toMatch(/^search corp\.test$/m)
    expect(server.queries.length).toBeGreaterThan(0)

    await writeFile(files.hosts, '127.0.0.1 localhost\n192.0.2.78 db.hosts.test\n')
    await writeFile(files.resolvConf, resolvConf('lab.test'))
    expect(await ask('-type=a', 'db.hosts.test')).toContain('Address: 192.0.2.78')
    expect(await dockerOk(['run', '--rm', image, 'cat', '/etc/resolv.conf'])).toMatch(/^search lab\.test$/m)
    // Names of a user's own network and what Docker itself looks up go the same way.
    await using network = await userNetwork()
    expect(await dockerOk(['run', '--rm', '--network', network.name, image, 'nslookup', '-type=a', 'wiki.corp.test'])).toContain('Address: 192.0.2.10')
    expect((await docker(['pull', 'loop.corp.test:5999/x'])).stderr).toContain('dial tcp 127.0.0.1:5999')
  })

  it('H3 a name server that hangs delays names, and neither Cove nor Docker', async () => {
    await using folder = await temporaryFolder()
    await using _server = await corporateServer(true)
    await using _engine = await engineSeeing(await hostView(folder, 'corp.test'))
    await using asking = await startContainer(['sh', '-c', 'for i in 1 2 3 4 5 6; do nslookup -type=a slow-$i.corp.test & done; wait'])
    const { ms } = await cove(['status'])
    expect(ms).toBeLessThan(5000)
    expect(await dockerOk(['exec', asking.name, 'nslookup', '-type=a', 'host.docker.internal'])).toContain('10.0.2.2')
  })
})

/** What busybox makes of a name; the question goes to the container's own name server. */
async function nslookup(container: string, words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await docker(['exec', container, 'nslookup', ...words])
  return stdout + stderr
}

const serverHost = '127.0.0.153'
const resolvConf = (domain: string): string => `nameserver ${serverHost}\nsearch ${domain}\noptions timeout:1 attempts:1\n`

/** The hosts file and resolv.conf of a host in some company. */
async function hostView(folder: TemporaryFolder, domain: string): Promise<{ hosts: string; resolvConf: string }> {
  const files = { hosts: join(folder.path, 'hosts'), resolvConf: join(folder.path, 'resolv.conf') }
  await writeFile(files.hosts, '127.0.0.1 localhost this.hosts.test\n192.0.2.77 db.hosts.test\n')
  await writeFile(files.resolvConf, resolvConf(domain))
  return files
}

/** The company's name server, where every host expects one; it knows names that the world does not. */
function corporateServer(isSilent = false): ReturnType<typeof startDnsServer> {
  const reply = (query: Buffer): Buffer | undefined => {
    const [name, type] = [askedName(query), query.readUInt16BE(query.indexOf(0, 12) + 1)]
    if (isSilent) return undefined
    if (name === 'wiki.corp.test') return replyTo(query, 0, type === 1 ? [Buffer.from([192, 0, 2, 10])] : [])
    if (name === 'loop.corp.test') return replyTo(query, 0, type === 1 ? [Buffer.from([127, 0, 0, 1])] : [])
    if (name === 'corp.test' && type === 15) return replyTo(query, 0, [Buffer.from('\0\x0a\x02mx\x04corp\x04test\0', 'latin1')])
    return replyTo(query, 3)
  }
  return startDnsServer(reply, { host: serverHost, port: 53 })
}

async function userNetwork(): Promise<AsyncDisposable & { name: string }> {
  const name = `names-${process.pid}`
  await dockerOk(['network', 'create', name])
  return { name, [Symbol.asyncDispose]: async () => void (await dockerOk(['network', 'rm', name])) }
}

async function greeter(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
