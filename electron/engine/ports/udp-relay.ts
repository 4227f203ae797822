import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { RelayTarget } from './tcp-relay.ts'

/** How long a client may be silent before its answers would get lost; QEMU's user network keeps its own as long. */
const silenceMs = 240_000
/** Clients remembered at once; the one that was silent longest gives way. */
const maxClients = 1024

interface Client {
  onward: Socket
  timer: NodeJS.Timeout
}

/** Leads each client of an IPv6 place on to an IPv4 one from a socket of its own, so that answers find back. @throws what bind() says. */
export async function relayUdp({ host, port, target }: { host: string; port: number; target: RelayTarget }): Promise<AsyncDisposable> {
  const clients = new Map<string, Client>()
  const server = createSocket({ type: 'udp6', ipv6Only: true })
  const forget = (key: string): void => {
    const client = clients.get(key)
    clearTimeout(client?.timer)
    client?.onward.close()
    clients.delete(key)
  }
  server.on('message', (data, { address, port: from }) => {
    const key = `${address} ${from}`
    const client = clients.get(key) ?? openClient((answer) => server.send(answer, from, address), () => forget(key))
    // Kept in the order of their last words.
    clients.delete(key)
    clients.set(key, client)
    if (clients.size > maxClients) forget(clients.keys().next().value ?? key)
    client.timer.refresh()
    client.onward.send(data, target.port, target.address)
  })
  server.bind({ address: host, port, exclusive: true })
  await once(server, 'listening').catch((error: unknown) => {
    server.close()
    throw error
  })
  server.on('error', () => undefined)
  return {
    [Symbol.asyncDispose]: async () => {
      for (const key of clients.keys()) forget(key)
      server.close()
    },
  }
}

function openClient(onAnswer: (data: Buffer) => void, onSilence: () => void): Client {
  const onward = createSocket('udp4')
  onward.on('message', onAnswer)
  onward.on('error', () => undefined)
  onward.unref()
  const timer = setTimeout(onSilence, silenceMs)
  timer.unref()
  return { onward, timer }
}
