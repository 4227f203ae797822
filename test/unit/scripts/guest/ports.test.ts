import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { Harness } from './supervisor-harness.ts'

interface PortMessage {
  type: string
  id?: number
  ports?: { id: number }[]
  isLast?: boolean
}

let harness: Harness
let proxy: string
let supervised: { messages: AsyncIterator<unknown>; port: Duplex }

beforeAll(async () => {
  harness = new Harness()
  const dockerProxy = join(harness.folder, 'docker-proxy')
  writeFileSync(dockerProxy, '#!/bin/sh\necho "docker-proxy $*"\nexec sleep 60\n')
  chmodSync(dockerProxy, 0o755)
  proxy = harness.portProxy(dockerProxy)
  supervised = harness.supervise('exec sleep 600')
  // Once it answers, it listens for proxies too.
  await hear('ports 0')
}, 60_000)

afterAll(() => harness[Symbol.dispose]())

/** The next message of the supervisor, after telling it something. */
async function hear(line?: string): Promise<PortMessage> {
  if (line !== undefined) supervised.port.write(`${line}\n`)
  const { value } = (await supervised.messages.next()) as { value: PortMessage }
  return value
}

const published: ChildProcess[] = []

// Whoever is left behind keeps the test runner's output open, and the runner waiting.
afterEach(() => published.splice(0).forEach((child) => child.kill('SIGKILL')))

interface Published {
  child: ChildProcess
  /** The port that the proxy listens on. */
  port: number
  status: Promise<string>
  output: Readable
  exited: Promise<unknown[]>
}

/** What dockerd starts for a published port: its status pipe and the socket it listens on, which from then on is the proxy's alone. */
function publish(server: Server, hostAddress = '0.0.0.0', hostPort = '8080'): Published {
  const args = ['-proto', 'tcp', '-host-ip', hostAddress, '-host-port', hostPort, '-container-ip', '172.17.0.2', '-container-port', '80', '-use-listen-fd']
  const listening = (server as unknown as { _handle: { fd: number } })._handle.fd
  const child = spawn(proxy, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe', listening] })
  published.push(child)
  const { port } = server.address() as AddressInfo
  server.close()
  return { child, port, status: text(child.stdio[3] as Readable), output: child.stdout as Readable, exited: once(child, 'exit') }
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

describe('what dockerd starts for a published port', () => {
  it('tells dockerd that all is well once the host has the port, and leaves quietly when asked to', async () => {
    const { child, status, exited } = publish(await listen())
    const asked = await hear()
    expect(asked).toMatchObject({ type: 'port', protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, containerAddress: '172.17.0.2', containerPort: 80, isWaiting: true })
    supervised.port.write(`port ${asked.id}\n`)
    expect(await status).toBe('0\n')
    child.kill('SIGINT')
    expect(await exited).toEqual([0, null])
    expect(await hear()).toEqual({ type: 'port-closed', id: asked.id })
  })

  it('tells dockerd why the host does not have the port', async () => {
    const { status, exited } = publish(await listen(), '::', '443')
    const asked = await hear()
    expect(asked).toMatchObject({ hostAddress: '::', hostPort: 443 })
    supervised.port.write(`port ${asked.id} address already in use: end "it"\n`)
    expect(await status).toBe('1\naddress already in use: end "it"')
    expect(await exited).toEqual([1, null])
    expect(await hear()).toEqual({ type: 'port-closed', id: asked.id })
  })

  it('goes on when no answer comes in time and says so', async () => {
    const begun = performance.now()
    const { child, status } = publish(await listen())
    const asked = await hear()
    expect(await status).toBe('0\n')
    expect(performance.now() - begun).toBeGreaterThan(1900)
    expect(await hear()).toMatchObject({ type: 'port', id: asked.id, isWaiting: false })
    child.kill('SIGTERM')
    await hear()
  })

  it('becomes docker-proxy for a client inside the guest, and the port stays wanted until that ends', async () => {
    const { child, port, status, output } = publish(await listen())
    const asked = await hear()
    supervised.port.write(`port ${asked.id}\n`)
    await status
    const client = connect(port, '127.0.0.1')
    // The proxy is killed under it.
    client.on('error', () => undefined)
    const [first] = (await once(output, 'data')) as [Buffer]
    expect(first.toString()).toBe('docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80 -use-listen-fd\n')
    expect(await hear('ports 0')).toMatchObject({ ports: [{ id: asked.id }] })
    child.kill('SIGKILL')
    expect(await hear()).toEqual({ type: 'port-closed', id: asked.id })
    client.destroy()
  })

  it('is told at once that its request makes no sense', async () => {
    for (const [address, port] of [['1.2.3', '80'], ['0.0.0.0', '0'], ['0.0.0.0', '70000'], ['0.0.0.0', '80;']] as const) {
      const { status } = publish(await listen(), address, port)
      expect(await status).toBe('1\nnot a port')
    }
  })
})

describe('what a service of a swarm publishes', () => {
  let iptables: string
  const rule = ['-p', 'tcp', '--dport', '8081', '-j', 'DNAT', '--to-destination', '172.18.0.2:8081']

  beforeAll(() => {
    writeFileSync(join(harness.folder, 'real-iptables'), '#!/bin/sh\n[ "$TABLES" != full ]\n', { mode: 0o755 })
    iptables = harness.iptables(join(harness.folder, 'real-%s'))
  })

  /** The exit code of a call of dockerd's. */
  function change(operation: string, words: readonly string[] = rule, { chain = 'DOCKER-INGRESS', env = {} } = {}): number | null {
    return spawnSync(iptables, ['--wait', '-t', 'nat', operation, chain, ...words], { env, stdio: 'inherit' }).status
  }

  async function listed(): Promise<unknown[]> {
    return (await hear('ports 0')).ports?.map((port) => port) ?? []
  }

  it('is wanted on both loopbacks while dockerd has a rule for it, by the way that rule leads', async () => {
    expect(change('-I')).toBe(0)
    const wanted = { type: 'port', protocol: 'tcp', hostPort: 8081, containerAddress: '172.18.0.2', containerPort: 8081, isWaiting: false }
    expect(await hear()).toMatchObject({ ...wanted, hostAddress: '0.0.0.0' })
    expect(await hear()).toMatchObject({ ...wanted, hostAddress: '::' })
    expect(change('-I')).toBe(0)
    expect(await listed()).toHaveLength(2)
    expect(change('-D')).toBe(0)
    expect([(await hear()).type, (await hear()).type]).toEqual(['port-closed', 'port-closed'])
    expect(await listed()).toEqual([])
  })

  it('is not for a rule that was refused, that leads nowhere, or of another chain', async () => {
    expect(change('-I', rule, { env: { TABLES: 'full' } })).toBe(1)
    for (const words of [['-j', 'RETURN'], rule.with(-1, 'elsewhere'), rule.with(3, '99999'), rule.with(1, 'sctp')]) expect(change('-A', words)).toBe(0)
    expect(change('-A', rule, { chain: 'DOCKER' })).toBe(0)
    expect(await listed()).toEqual([])
  })

  it('goes with all others when dockerd empties its chain, and when it ends', async () => {
    const two = rule.with(3, '8082')
    for (const end of [() => change('-F', []), () => supervised.port.write('restart dockerd\n')]) {
      change('-I')
      change('-I', two)
      for (let i = 0; i < 4; i++) expect((await hear()).type).toBe('port')
      end()
      const types: string[] = []
      while (types.filter((type) => type === 'port-closed').length < 4) types.push((await hear()).type)
      expect(types.filter((type) => type !== 'port-closed' && type !== 'service')).toEqual([])
      expect(await listed()).toEqual([])
    }
  })
})

describe('what the guest tells of its ports', () => {
  const holder = `import socket,sys
held=[]
for i in range(int(sys.argv[2])):
  s=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET); s.connect(sys.argv[1]); s.send(b'udp 127.0.0.1 %d fd00::2 53' % (i+1)); held.append(s)
  if i % 128 == 127: sys.stdin.readline()
print('held', flush=True)
last=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET); last.connect(sys.argv[1]); print(last.recv(99).decode(), flush=True)
sys.stdin.read()`

  it('comes in pages, oldest first, and ends at 4096', async () => {
    const child = spawn('python3', ['-c', holder, join(harness.folder, 'run', 'ports'), '4096'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    for (let i = 1; i <= 4096; i++) {
      expect((await hear()).type).toBe('port')
      // No more at once than the port to a slow host holds.
      if (i % 128 === 0) child.stdin.write('\n')
    }
    expect([(await said.next()).value, (await said.next()).value]).toEqual(['held', '1too many published ports'])
    const ids: number[] = []
    let pages = 0
    for (let isLast = false; !isLast; pages++) {
      const page = await hear(`ports ${ids.at(-1) ?? 0}`)
      ids.push(...(page.ports ?? []).map(({ id }) => id))
      isLast = page.isLast ?? true
    }
    expect(ids).toHaveLength(4096)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(pages).toBe(Math.ceil(4096 / 30))
    child.stdin.end()
    for (let i = 0; i < 4096; i++) expect((await hear()).type).toBe('port-closed')
  }, 30_000)
})

it('the words of the host about ports are read strictly', () => {
  const lines = ['port 7', 'port 7 in use: x', 'ports 0', 'port', 'port x', 'port 7x', 'ports -1', 'port 99999999999', 'portsx 1', 'listeners', 'listeners on', 'port 7 ']
  expect(harness.run(['lines'], `${lines.join('\n')}\n`).split('\n').slice(0, -1)).toEqual([
    'port 7 ', 'port 7 in use: x', 'ports 0 ', ...Array.from({ length: 7 }, () => 'unknown 0'), 'listeners 0 on', 'port 7 ',
  ])
})
