import { once } from 'node:events'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { openTunnel } from '#engine/tunnel/open-tunnel.ts'
import { startEchoServer } from '../../../fixtures/sshd/guest-servers.ts'
import { startSshd } from '../../../fixtures/sshd/sshd.ts'

test('a line is opened again whenever its session ends', async () => {
  await using sshd = await startSshd()
  await using echo = await startEchoServer(join(sshd.dir, 'echo.sock'))
  const { host, port, ...login } = sshd.target
  const opened: Socket[] = []
  const open = async ({ signal, highWaterMark }: { signal: AbortSignal; highWaterMark: number }): Promise<Socket> => {
    const socket = new Socket({ highWaterMark } as SocketConstructorOpts).connect({ host, port })
    await once(socket, 'connect', { signal })
    opened.push(socket)
    return socket
  }
  await using tunnel = openTunnel({ target: { ...login, line: { name: 'a line', open } }, log: silentLogger })
  await tunnel.ready(AbortSignal.timeout(8_000))
  const down = Promise.withResolvers<Error>()
  tunnel.on('down', down.resolve)
  opened[0]?.destroy()
  await down.promise
  const stream = await tunnel.openSocket(echo.path)
  stream.end('hello')
  expect(await text(stream)).toBe('hello')
  expect(opened).toHaveLength(2)
})

test('a line that nobody answers names itself when the limit is over', async () => {
  await using sshd = await startSshd()
  const never = async ({ signal }: { signal: AbortSignal }): Promise<Socket> => {
    await once(signal, 'abort')
    throw signal.reason
  }
  await using tunnel = openTunnel({ target: { ...sshd.target, line: { name: 'a line', open: never } }, log: silentLogger, limits: { lineMs: 20, readyMs: 300 } })
  await expect(tunnel.ready(AbortSignal.timeout(8_000))).rejects.toMatchObject({ code: 'tunnel.unreachable', hint: expect.stringContaining('the guest to answer on a line') })
})
