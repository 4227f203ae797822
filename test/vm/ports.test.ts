import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { image, startContainer, uniqueName } from './fixtures/containers.ts'
import { cove, coveOk, docker, dockerOk, status } from './fixtures/run.ts'
import { ask, askAndClose, askByUdp, dial, freePort, freeUdpPort, get, listPorts, occupy, outerAddresses, receiveAll, sendAll, startUdpEcho } from './fixtures/ports.ts'

const isFull = process.env['COVE_TEST_FULL'] === '1'
const mebibyte = 1024 * 1024
const webServer = ['httpd', '-f', '-p', '80', '-h', '/etc']
const found = 'HTTP/1.1 200 OK'
/** Addresses to be refused on: this computer's others, and one more of loopback. */
const others = ['127.0.0.2', ...outerAddresses()]

/** What a container's web server answers once it has come up: QEMU accepts before it listens. */
async function webAnswer(port: number, host?: string): Promise<string> {
  const until = performance.now() + 20_000
  for (let answer = ''; ; answer = await get(port, host, '/hostname')) if (answer !== '' || performance.now() > until) return answer
}

// Those that change no setting two at a time: what one waits for leaves a processor to the other.
describe('where published ports listen', () => {
  it.concurrent('P1 P2 published on 127.0.0.1: there, and on no other address of this computer', async () => {
    const port = await freePort()
    await using _web = await startContainer(webServer, ['-p', `127.0.0.1:${port}:80`])
    expect(await webAnswer(port)).toBe(found)
    expect(others.length).toBeGreaterThan(0)
    for (const address of [...others, '::1']) expect(await dial(port, address), address).toBe('ECONNREFUSED')
  })

  it.concurrent('P9 a range, IPv6 loopback alone, one port on two addresses, and a port that Docker chooses', async () => {
    const [first, six] = [30_000 + (process.pid % 500) * 10, await freePort()]
    const range = Array.from({ length: 5 }, (_, i) => first + i)
    const published = ['-p', `127.0.0.1:${first}-${first + 4}:80-84`, '-p', `[::1]:${six}:80`, '-p', `127.0.0.3:${six}:82`, '-p', '127.0.0.1::81']
    await using servers = await startContainer(['sh', '-c', 'for i in 0 1 2 3 4; do nc -ll -p 8$i -e echo server $i & done; wait'], published)
    const chosen = Number((await dockerOk(['port', servers.name, '81/tcp'])).split('\n').find((line) => !range.some((port) => line.endsWith(`:${port}`)))?.split(':')[1])
    await expect.poll(() => ask(first + 4, ''), { timeout: 20_000 }).toBe('server 4\n')
    for (const [i, port] of range.entries()) expect(await ask(port, '')).toBe(`server ${i}\n`)
    expect(await ask(six, '', '::1')).toBe('server 0\n')
    expect(await ask(six, '', '127.0.0.3')).toBe('server 2\n')
    expect(await dial(six)).toBe('ECONNREFUSED')
    expect(await ask(chosen, '')).toBe('server 1\n')
  })

  it.concurrent('P4 UDP on IPv4 and IPv6 loopback', async () => {
    const port = await freePort()
    await using _echo = await startUdpEcho(['-p', `${port}:53/udp`])
    for (const host of ['127.0.0.1', '::1']) expect(await askByUdp(port, `over ${host}`, host)).toBe(`over ${host}`)
  })

  it('P3 P9 published without an address: on IPv4 and IPv6 loopback, on all addresses once port.bind says so, and back again', async () => {
    const port = await freePort()
    await using web = await startContainer(webServer, ['-p', `${port}:80`])
    // Whose it is, from the first moment.
    expect((await listPorts()).filter(({ hostPort }) => hostPort === port).map(({ container }) => container)).toEqual([web.name, web.name])
    expect(await webAnswer(port)).toBe(found)
    expect(await webAnswer(port, '::1')).toBe(found)
    for (const address of others) expect(await dial(port, address), address).toBe('ECONNREFUSED')
    const rows = (await coveOk(['port', 'list'])).split('\n').map((line) => line.split(/\s+/))
    expect(rows).toContainEqual([`127.0.0.1:${port}/tcp`, web.name, '80', 'open'])
    expect(rows).toContainEqual([`[::1]:${port}/tcp`, web.name, '80', 'open'])
    await coveOk(['config', 'set', 'port.bind', 'all'])
    try {
      await listPorts()
      for (const address of [...others, '127.0.0.1', '::1']) expect(await webAnswer(port, address), address).toBe(found)
    } finally {
      await coveOk(['config', 'unset', 'port.bind'])
    }
    await listPorts()
    for (const address of others) expect(await dial(port, address), address).toBe('ECONNREFUSED')
    expect(await webAnswer(port)).toBe(found)
  })
})

describe('servers on the host network', () => {
  it('P5 are reachable here while port.guestListeners is on, ours never, and go when it is off', async () => {
    const [open, local, udp] = [await freePort(), await freePort(), await freeUdpPort()]
    await using _open = await startContainer(['httpd', '-f', '-p', String(open), '-h', '/etc'], ['--network', 'host'])
    await using published = await startContainer(webServer, ['-p', '80'])
    const wanted = (): Promise<string[]> => listPorts().then((ports) => ports.filter(({ container }) => container !== published.name).map(({ hostAddress, hostPort }) => `${hostAddress} ${hostPort}`))
    await expect.poll(wanted).toEqual([])
    await coveOk(['config', 'set', 'port.guestListeners', 'true'])
    try {
      await expect.poll(wanted).toEqual([`127.0.0.1 ${open}`, `::1 ${open}`])
      expect([await webAnswer(open), await webAnswer(open, '::1')]).toEqual([found, found])
      {
        // One that begins to listen later, on the guest's loopback alone.
        await using _local = await startContainer(['httpd', '-f', '-p', `127.0.0.1:${local}`, '-h', '/etc'], ['--network', 'host'])
        await expect.poll(wanted, { timeout: 20_000 }).toEqual([`127.0.0.1 ${open}`, `::1 ${open}`, `127.0.0.1 ${local}`, `::1 ${local}`])
        expect(await webAnswer(local)).toBe(found)
      }
      await expect.poll(wanted).toEqual([`127.0.0.1 ${open}`, `::1 ${open}`])
      {
        await using _echo = await startUdpEcho(['--network', 'host'], udp)
        await expect.poll(wanted, { timeout: 20_000 }).toEqual([`127.0.0.1 ${open}`, `::1 ${open}`, `127.0.0.1 ${udp}`, `::1 ${udp}`])
        for (const host of ['127.0.0.1', '::1']) expect(await askByUdp(udp, `over ${host}`, host)).toBe(`over ${host}`)
      }
      await expect.poll(wanted).toEqual([`127.0.0.1 ${open}`, `::1 ${open}`])
    } finally {
      await coveOk(['config', 'unset', 'port.guestListeners'])
    }
    await expect.poll(wanted).toEqual([])
    expect(await dial(open)).toBe('ECONNREFUSED')
  })
})

describe('when published ports come and go', () => {
  it('P6 a port accepts as soon as docker run returns and is free again as soon as docker rm does', async () => {
    const port = await freePort()
    const web = await startContainer(webServer, ['-p', `${port}:80`])
    const returned = performance.now()
    const first = await dial(port)
    const connectedMs = performance.now() - returned
    expect(await webAnswer(port)).toBe(found)
    const answeredMs = performance.now() - returned
    if (typeof first !== 'string') first.destroy()
    await web[Symbol.asyncDispose]()
    const removed = performance.now()
    while (typeof (await dial(port)) !== 'string' && performance.now() - removed < 1000);
    await using _four = await occupy(port)
    await using _six = await occupy(port, '::1')
    const freeMs = performance.now() - removed
    console.log(`after run -d: accepted ${connectedMs.toFixed(1)} ms, answered ${answeredMs.toFixed(1)} ms; free ${freeMs.toFixed(1)} ms after rm -f`)
    expect(typeof first).not.toBe('string')
    expect(connectedMs).toBeLessThanOrEqual(100)
    expect(freeMs).toBeLessThanOrEqual(100)
  })

  it('P6 a container that is restarted, stopped and started keeps its port each time', async () => {
    const port = await freePort()
    await using web = await startContainer(webServer, ['-p', `127.0.0.1:${port}:80`])
    await dockerOk(['restart', '-t', '0', web.name])
    expect(await webAnswer(port)).toBe(found)
    await dockerOk(['kill', web.name])
    await expect.poll(() => dial(port)).toBe('ECONNREFUSED')
    await dockerOk(['start', web.name])
    expect(await webAnswer(port)).toBe(found)
  })

  it('P7 a port that is busy here fails docker run with the reason, and other ports are unaffected', async () => {
    const [busy, other] = [await freePort(), await freePort()]
    await using web = await startContainer(webServer, ['-p', `127.0.0.1:${other}:80`])
    const name = uniqueName('busy')
    for (const [published, address] of [[`127.0.0.1:${busy}:80`, '127.0.0.1'], [`${busy}:80`, '::1']] as const) {
      await using _server = await occupy(busy, address)
      const refused = await docker(['run', '-d', '--name', name, '-p', published, image, ...webServer])
      expect(refused.exitCode).toBe(125)
      const place = address === '::1' ? `[::1]:${busy}` : `127.0.0.1:${busy}`
      expect(refused.stderr).toContain(`failed to bind host port ${place}/tcp: address already in use: another program on this computer listens there. End it, or publish another port (-p ${busy + 1}:...)`)
      expect(await webAnswer(other)).toBe(found)
      expect((await listPorts()).map(({ container, hostPort }) => [container, hostPort])).toEqual([[web.name, other]])
      if (address === '127.0.0.1') await dockerOk(['rm', '-f', name])
    }
    // The same container starts once the port is free.
    await dockerOk(['start', name])
    expect(await webAnswer(busy)).toBe(found)
    await dockerOk(['rm', '-f', name])
  })

  it('P7 an address that this computer does not have, and the way to sshd, are refused clearly', async () => {
    const nowhere = await docker(['run', '--rm', '-p', '192.0.2.7:8080:80', image, 'true'])
    expect(nowhere.exitCode).toBe(125)
    expect(nowhere.stderr).toContain('failed to bind host port 192.0.2.7:8080/tcp: cannot assign requested address: this computer has no address 192.0.2.7 now')
    expect(await listPorts()).toEqual([])
    expect((await status()).warnings.filter((warning) => warning.includes('port'))).toEqual([])
    expect((await cove(['port', 'list'])).stderr).toBe('No port is published.\n')
  })
})

describe('what published ports carry', () => {
  it.concurrent(`P8 ${isFull ? '10,000' : '200'} requests, eight at a time`, { timeout: 30 * 60_000 }, async () => {
    const requests = isFull ? 10_000 : 200
    const port = await freePort()
    await using _web = await startContainer(webServer, ['-p', `127.0.0.1:${port}:80`])
    expect(await webAnswer(port)).toBe(found)
    let left = requests
    const failures: string[] = []
    const begun = performance.now()
    const client = async (): Promise<void> => {
      while (left-- > 0) {
        const answer = await get(port, '127.0.0.1', '/hostname')
        if (answer !== found) failures.push(answer)
      }
    }
    await Promise.all(Array.from({ length: 8 }, client))
    console.log(`${requests} requests, ${((requests * 1000) / (performance.now() - begun)).toFixed(0)} a second`)
    expect(failures).toEqual([])
  })

  it.concurrent('P8 clients that come at once and close their side before the answer: none is lost', async () => {
    const port = await freePort()
    await using _web = await startContainer(webServer, ['-p', `127.0.0.1:${port}:80`])
    expect(await webAnswer(port)).toBe(found)
    // As many as the server itself lets wait.
    const clients = Array.from({ length: 8 })
    for (let round = 0; round < 15; round++) {
      const answers = await Promise.all(clients.map(() => askAndClose(port, 'GET /hostname HTTP/1.0\r\n\r\n')))
      expect(answers.map((answer) => answer.split('\r\n')[0])).toEqual(clients.map(() => found))
    }
  })

  it.concurrent(`P8 ${isFull ? '1 GiB' : '4 MiB'} each way, checksummed, on IPv4 and IPv6`, { timeout: 30 * 60_000 }, async () => {
    const bytes = isFull ? 1024 * mebibyte : 4 * mebibyte
    const port = await freePort()
    await using _echo = await startContainer(['nc', '-ll', '-p', '90', '-e', 'cat'], ['-p', `${port}:90`])
    for (const host of ['127.0.0.1', '::1']) {
      const socket = await dialUntilServed(port, host)
      const begun = performance.now()
      const [sent, received] = await Promise.all([sendAll(socket, bytes), receiveAll(socket)])
      console.log(`${host}: ${(bytes / 1e3 / (performance.now() - begun)).toFixed(1)} MB/s each way at once`)
      expect(received).toEqual({ length: bytes, sum: sent })
    }
  })
})

/** A connection through which something came back. */
async function dialUntilServed(port: number, host: string): Promise<Socket> {
  const until = performance.now() + 20_000
  while (performance.now() < until) {
    const socket = await dial(port, host)
    if (typeof socket === 'string') throw new Error(socket)
    socket.write('x')
    const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
    if (first instanceof Buffer) return socket
  }
  throw new Error(`nobody serves port ${port}`)
}
