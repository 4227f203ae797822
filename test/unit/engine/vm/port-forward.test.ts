import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { PortForward } from '#engine/vm/driver.ts'
import { addText, parseUsernet, removeText } from '#engine/vm/port-forward.ts'
import { tinyVm } from './tiny-guest.ts'

const forward: PortForward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 1024 }

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function tryConnect(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  return await once(socket, 'connect').then(
    () => (socket.destroy(), 'connected'),
    (error: NodeJS.ErrnoException) => error.code ?? 'error',
  )
}

describe("the human monitor's words", () => {
  test('adding and removing', () => {
    expect([addText(forward), removeText(forward), addText({ ...forward, protocol: 'udp', hostAddress: '0.0.0.0' })]).toMatchInlineSnapshot(`
      [
        "hostfwd_add net0 tcp:127.0.0.1:8080-10.0.2.16:1024",
        "hostfwd_remove net0 tcp:127.0.0.1:8080",
        "hostfwd_add net0 udp:0.0.0.0:8080-10.0.2.16:1024",
      ]
    `)
  })

  test('of `info usernet` only our forwards are read: not connections, not the way to sshd', () => {
    const text = [
      'Hub -1 (net0):',
      '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
      '  TCP[ESTABLISHED]   21       127.0.0.1 18081       10.0.2.16  1024     0     0',
      '  TCP[HOST_FORWARD]  13               *  8081       10.0.2.16  1026     0     0',
      '  TCP[HOST_FORWARD]   3       127.0.0.1  2299       10.0.2.15    22     0     0',
      '  UDP[HOST_FORWARD]  12     192.168.1.5    53       10.0.2.16  1025     0     0',
      '  UDP[236 sec]       30       10.0.2.15 38012        10.0.2.3    53     0     0',
    ].join('\r\n')
    expect(parseUsernet(text)).toEqual([
      { protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8081, guestPort: 1026 },
      { protocol: 'udp', hostAddress: '192.168.1.5', hostPort: 53, guestPort: 1025 },
    ])
  })
})

// The tiny guest is x86 code; on arm64 the same is covered by test/vm.
describe.skipIf(process.arch !== 'x64')('forwards of a real QEMU', { timeout: 30_000 }, () => {
  test('are added, listed, refused where the port is busy, removed, and outlive an engine', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const [a, b] = [await freePort(), await freePort()]
    const added = [
      await vm.ports.add({ ...forward, hostPort: a }),
      await vm.ports.add({ ...forward, hostPort: b, protocol: 'udp', guestPort: 1025 }),
      await vm.ports.add({ ...forward, hostPort: 0, guestPort: 1026 }),
    ]
    expect(added[2]?.hostPort).toBeGreaterThan(0)
    const sorted = (list: PortForward[]): string[] => list.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`).toSorted()
    expect(sorted(await vm.ports.list())).toEqual(sorted(added))
    expect(await tryConnect(a)).toBe('connected')
    await expect(vm.ports.add({ ...forward, hostPort: a, guestPort: 1027 })).rejects.toMatchObject({ code: 'port.refused', message: expect.stringContaining(`127.0.0.1:${a}`) as string })
    await expect(vm.ports.add({ ...forward, hostPort: vm.sshPort })).rejects.toMatchObject({ code: 'port.refused' })
    await vm[Symbol.asyncDispose]()
    const again = await tiny.attach()
    expect(sorted((await again?.ports.list()) ?? [])).toEqual(sorted(added))
    for (const one of added) await again?.ports.remove(one)
    await again?.ports.remove({ ...forward, hostPort: a })
    expect(await again?.ports.list()).toEqual([])
    expect(await tryConnect(a)).toBe('ECONNREFUSED')
    expect(await tryConnect(again?.sshPort ?? 0)).toBe('connected')
    const free = createSocket('udp4').bind(b, '127.0.0.1')
    await once(free, 'listening')
    free.close()
  })
})
