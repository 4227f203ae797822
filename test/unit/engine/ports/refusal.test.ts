import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { refusalRemark, refusalText, tryBind } from '#engine/ports/refusal.ts'

const place = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 80 } as const

describe('why a port cannot be had', () => {
  test.each([
    ['EADDRINUSE', 'linux'],
    ['EADDRNOTAVAIL', 'linux'],
    ['EACCES', 'linux'],
    ['EACCES', 'darwin'],
    ['EACCES', 'win32'],
    ['EMFILE', 'linux'],
  ] as const)('%s on %s', (code, platform) => {
    expect(refusalText(place, code, platform)).toMatchSnapshot()
  })

  test('is said in ASCII within the length of a line to the guest', () => {
    for (const code of ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']) {
      const text = refusalText({ protocol: 'udp', hostAddress: 'fd00:1111:2222:3333:4444:5555:6666:7777', hostPort: 65_535 }, code, 'darwin')
      expect(text).toMatch(/^[\x20-\x7e]{20,900}$/)
      expect(text).not.toContain('65536')
    }
  })
})

test.each([
  ['EADDRINUSE', 'port.in-use'],
  ['EADDRNOTAVAIL', 'port.no-address'],
  ['EACCES', 'port.forbidden'],
  ['EPERM', 'port.forbidden'],
  ['EMFILE', 'port.closed'],
  ['toString', 'port.closed'],
  [undefined, 'port.closed'],
])('%s of bind() is the remark %s, which names the port', (cause, code) => {
  expect(refusalRemark(place, cause, 'm')).toEqual({ code, about: { port: '127.0.0.1:80/tcp' }, message: 'm' })
})

describe('trying a port', () => {
  test('says what is in the way and leaves a free one free', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const busy = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: (server.address() as AddressInfo).port } as const
    expect(await tryBind(busy)).toBe('EADDRINUSE')
    server.close()
    await once(server, 'close')
    expect([await tryBind(busy), await tryBind(busy)]).toEqual([undefined, undefined])
    expect(await tryBind({ ...busy, hostAddress: '192.0.2.77' })).toBe('EADDRNOTAVAIL')
  })

  test('the same for UDP', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const busy = { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: socket.address().port } as const
    expect(await tryBind(busy)).toBe('EADDRINUSE')
    socket.close()
    expect(await tryBind(busy)).toBeUndefined()
  })
})
