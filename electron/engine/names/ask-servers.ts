import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6 } from 'node:net'
import { withLimit } from '#base/limit.ts'
import { isReplyTo, type Question } from './dns-message.ts'

/** How a question came, and so how it is passed on: by UDP a long reply is cut short, by TCP none is. */
export type Transport = 'udp' | 'tcp'

/** How long one server may take; a stub resolver's own patience is about 5 s for all. */
const serverMs = 1200

/** A query with the question read from it. */
export interface Asked {
  query: Buffer
  question: Question
  transport: Transport
}

/**
 * The first reply of the host's name servers to a query, passed on as it is under an id and port of our own.
 * @throws Error of the last server when none replied.
 */
export async function askServers(asked: Asked, servers: readonly string[]): Promise<Buffer> {
  const query = Buffer.from(asked.query)
  query.writeUInt16BE(randomInt(0x1_0000), 0)
  let failure: unknown = new Error('the host has no name server')
  for (const server of servers.slice(0, 3)) {
    try {
      const reply = await withLimit({ what: `the name server ${server}`, ms: serverMs }, (signal) => ask[asked.transport]({ ...asked, query }, parseServer(server), signal))
      asked.query.copy(reply, 0, 0, 2)
      return reply
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

interface Server {
  host: string
  port: number
}

/** An entry of `dns.getServers()`: `1.2.3.4`, `1.2.3.4:5353`, `::1`, `[::1]:5353`. */
export function parseServer(text: string): Server {
  const bracketed = /^\[([^\]]+)\]:(\d+)$/.exec(text) ?? /^([\d.]+):(\d+)$/.exec(text)
  return bracketed ? { host: bracketed[1] ?? '', port: Number(bracketed[2]) } : { host: text, port: 53 }
}

const ask: Record<Transport, (asked: Asked, server: Server, signal: AbortSignal) => Promise<Buffer>> = {
  async udp({ query, question }, { host, port }, signal) {
    const socket = createSocket(isIPv6(host.replace(/%.*$/, '')) ? 'udp6' : 'udp4')
    const replied = Promise.withResolvers<Buffer>()
    // Connected, so that nobody else's datagrams arrive.
    socket.on('error', replied.reject)
    socket.on('message', (message) => isReplyTo(message, query, question) && replied.resolve(message))
    const close = (): void => void socket.close()
    signal.addEventListener('abort', close, { once: true })
    try {
      socket.connect(port, host)
      await once(socket, 'connect', { signal })
      socket.send(query)
      return await replied.promise
    } finally {
      signal.removeEventListener('abort', close)
      if (!signal.aborted) close()
    }
  },
  async tcp({ query, question }, { host, port }, signal) {
    const socket = connect({ host, port, signal })
    try {
      await once(socket, 'connect', { signal })
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.length)
      socket.write(Buffer.concat([length, query]))
      let got: Buffer = Buffer.alloc(0)
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        got = Buffer.concat([got, chunk])
        if (got.length < 2 || got.length < 2 + got.readUInt16BE(0)) continue
        const reply = got.subarray(2, 2 + got.readUInt16BE(0))
        if (isReplyTo(reply, query, question)) return Buffer.from(reply)
        break
      }
      throw new Error('the name server sent no reply to the question')
    } finally {
      socket.destroy()
    }
  },
}
