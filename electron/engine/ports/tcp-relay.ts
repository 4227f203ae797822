import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Where a relay leads on this computer. */
export interface RelayTarget {
  address: string
  port: number
}

/** Leads each connection to an IPv6 place on to an IPv4 one, half-closes included: QEMU's user network listens on IPv4 alone. @throws what listen() says. */
export async function relayTcp({ host, port, target }: { host: string; port: number; target: RelayTarget }): Promise<AsyncDisposable> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const onward = connect({ host: target.address, port: target.port, allowHalfOpen: true, noDelay: true })
    join(client, onward, open)
    join(onward, client, open)
  })
  server.listen({ host, port, ipv6Only: true })
  await once(server, 'listening')
  server.on('error', () => undefined)
  return {
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from)
  from.pipe(to)
  from.on('error', () => to.destroy())
  from.on('close', (hadError) => {
    open.delete(from)
    // After a clean end both ways the other closes by itself, what it still has to send included.
    if (hadError || !from.readableEnded) to.destroy()
  })
}
