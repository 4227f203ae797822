import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { image, startContainer } from '../fixtures/containers.ts'
import { listeningPorts, listTree } from '../fixtures/host.ts'
import { coveOk, dockerOk, status } from '../fixtures/run.ts'

/** Addresses a container could try: its own loopback (the guest's on the host network), the bridge's gateway, the guest, where the host's forwards arrive, QEMU's alias of the host. */
const targets = ['127.0.0.1', '172.17.0.1', '10.0.2.15', '10.0.2.16', '10.0.2.2']
/** More of them that slirp maps to the host, where only our own ports are of interest. */
const moreAliases = ['10.0.2.3', '10.0.2.4', '10.0.2.254']
/** Where control ports of Docker, Kubernetes, SSH and the like usually are; all 65,535 take an hour under emulation. */
const usualPorts = [21, 22, 23, 80, 111, 443, 2222, 2375, 2376, 2377, 2379, 4243, 4444, 5000, 5555, 5900, 6443, 7946, 8080, 8443, 9090, 10250]

/** Where the guest's name server listens; containers reach it at 10.0.2.3 alone (NAMES_PORT). */
const namesPort = 29_953

describe('what containers can reach', () => {
  it.for(['bridge', 'host'])('X1 from a container on the %s network only published ports and the host\'s own servers are open', async (network) => {
    await using control = await listenOnLoopback()
    await using _open = await startContainer(['httpd', '-f', '-p', '80'], ['-p', '18081:80'])
    await using _loopback = await startContainer(['httpd', '-f', '-p', '80'], ['-p', '127.0.0.1:18082:80'])
    const published = [18_081, 18_082]
    const ownPorts = (await portsOfCove()).filter((port) => !published.includes(port))
    expect(ownPorts).toHaveLength(1)
    const ports = [...usualPorts, ...ownPorts, ...published, control.port, ...(await guestPorts())]
    // Guest ports are given one after the other from 1024 on: among these are the ways to the two published ones.
    const ways = Array.from({ length: 48 }, (_, i) => 1024 + i)
    const scanned = [...targets.flatMap((target) => ports.map((port) => `${target} ${port}`)), ...moreAliases.flatMap((alias) => ownPorts.map((port) => `${alias} ${port}`)), ...ways.map((port) => `10.0.2.16 ${port}`)]
    const open = await scan(network, scanned)
    const isHosts = (address: string): boolean => /^10\.0\.2\.(?!1[56]:)/.test(address)
    const inside = network === 'bridge' ? ['10.0.2.15:18081', '172.17.0.1:18081'] : ['10.0.2.15:18081', '10.0.2.16:18081', '127.0.0.1:18081', '127.0.0.1:18082', '172.17.0.1:18081']
    expect(open.filter((address) => !isHosts(address)).toSorted()).toEqual(inside)
    // The control: a scan that could not see anything would pass as well.
    expect(open).toContain(`10.0.2.2:${control.port}`)
    const hostPorts = new Set(open.filter(isHosts).map((address) => Number(address.split(':')[1])))
    for (const port of ownPorts) expect(hostPorts).not.toContain(port)
  })

  it('X1 in the guest nothing listens but sshd, the name server and what was published', async () => {
    expect(await guestPorts()).toEqual([22, namesPort])
    // Abstract sockets have no mode and are shared with containers on the host's network (CVE-2020-15257).
    expect(await coveOk(['shell', '--', 'sh', '-c', "awk '$8 ~ /^@/ { print $8 }' /proc/net/unix"])).toBe('')
  })
})

describe('what containers inherit', () => {
  it('not the fixed addresses that Docker\'s programs have on an emulated processor', async () => {
    const containerd = await coveOk(['shell', '--', 'sh', '-c', 'cat /proc/$(pidof containerd)/personality'])
    const { vm } = await status()
    expect(containerd).toBe(vm?.accelerator === 'tcg' ? '00040000' : '00000000')
    await using container = await startContainer(['sleep', '600'])
    expect(await dockerOk(['exec', container.name, 'cat', '/proc/1/personality', '/proc/self/personality'])).toBe('00000000\n00000000')
  })

  it('not the coarse timers that Docker\'s programs have on an emulated processor', async () => {
    const slack = (program: string): Promise<string> => coveOk(['shell', '--', 'sh', '-c', `cat /proc/$(pidof ${program})/timerslack_ns`])
    const { vm } = await status()
    const expected = vm?.accelerator === 'tcg' ? '5000000' : '50000'
    expect([await slack('dockerd'), await slack('containerd')]).toEqual([expected, expected])
    // Only its own may be read without rights that containers do not have.
    await using container = await startContainer(['sh', '-c', 'cat /proc/self/timerslack_ns; exec sleep 600'])
    expect(await dockerOk(['exec', container.name, 'cat', '/proc/self/timerslack_ns'])).toBe('50000')
    expect(await dockerOk(['logs', container.name])).toBe('50000')
  })
})

describe('who may open what', () => {
  it('X2 everything in COVE_HOME is private: folders 0700, files and sockets 0600', async () => {
    const entries = await listTree(inject('cove').home)
    expect(entries.filter(({ kind }) => kind === 'socket').length).toBeGreaterThanOrEqual(4)
    // The public halves of keys may be read by whoever gets past the folder; they are no secret.
    const isPublic = (path: string): boolean => path.endsWith('.pub')
    const wrong = entries.filter(({ kind, mode, path }) => (isPublic(path) ? (mode & 0o022) !== 0 : mode !== (kind === 'folder' ? 0o700 : 0o600)))
    expect(wrong.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([])
  })

  it('X2 in the guest the sockets and keys are root\'s alone', async () => {
    const modes = await coveOk(['shell', '--', 'stat', '-L', '-c', '%a %u:%g %n', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/cove/host-key', '/run/cove/authorized-keys', '/dev/vdb'])
    const [docker, containerd, ...keys] = modes.split('\n').map((line) => line.split(' '))
    expect([docker, containerd].map((fields) => fields?.[0])).toEqual(['660', '660'])
    expect(await coveOk(['shell', '--', 'sh', '-c', 'grep "^docker:" /etc/group | cut -d: -f4'])).toBe('')
    expect(keys.map((fields) => fields.slice(0, 2).join(' '))).toEqual(['600 0:0', '600 0:0', expect.stringMatching(/^6[06]0 0:/)])
  })
})

/** Tries all addresses (`host port`) in one container, several at once; those that accept, as `host:port`. */
async function scan(network: string, addresses: readonly string[]): Promise<string[]> {
  const script = 'xargs -n 2 -P 8 sh -c \'nc -w 1 "$0" "$1" -e true </dev/null 2>/dev/null && echo "$0:$1"; true\''
  const output = await dockerOk(['run', '-i', '--rm', '--network', network, image, 'sh', '-c', script], { input: [...new Set(addresses)].join('\n'), timeoutMs: 240_000 })
  return output.split('\n').filter((line) => line !== '')
}

/** TCP ports that engine and QEMU listen on: the one QEMU forwards to the guest's sshd, and no other. */
async function portsOfCove(): Promise<number[]> {
  const { engine, vm } = await status()
  const ports = [...(await listeningPorts(engine?.pid ?? 0)), ...(await listeningPorts(vm?.pid ?? 0))]
  const record = JSON.parse(await readFile(join(inject('cove').home, 'run', 'vm.json'), 'utf8')) as { sshPort: number }
  expect(ports).toContain(record.sshPort)
  return ports
}

/** TCP and UDP ports that something in the guest listens on; proc_net(5). */
async function guestPorts(): Promise<number[]> {
  const tables = await coveOk(['shell', '--', 'sh', '-c', 'cat /proc/net/tcp /proc/net/tcp6 | grep " 0A "; grep -h " 07 " /proc/net/udp /proc/net/udp6; true'])
  const ports = tables.split('\n').filter((line) => line.trim() !== '').map((line) => Number.parseInt(line.trim().split(/\s+/)[1]?.split(':')[1] ?? '', 16))
  return [...new Set(ports)].toSorted((a, b) => a - b)
}

async function listenOnLoopback(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
