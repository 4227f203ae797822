import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const block = Buffer.alloc(256 * 1024)

/** A connection to a port of this computer. @throws what connect() says. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  // Told by whoever waits for an answer then.
  return socket.on('error', () => undefined)
}

/** Resolves at the first answer of a peer that may still have to come up: until it listens, its host resets connections. @throws the last failure after 20 s. */
export async function untilAnswered(port: number): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const socket = await dial(port)
    try {
      return await ping(socket)
    } catch (error) {
      if (performance.now() > deadline) throw error
    } finally {
      socket.destroy()
    }
  }
}

/** One request and its answer over a connection to the peer (resources/bench/port-peer.c). @throws Error when it closes instead. */
export async function ping(socket: Socket): Promise<void> {
  const ending = new AbortController()
  const closed = once(socket, 'close', { signal: ending.signal }).then(() => {
    throw new Error('the peer closed the connection')
  })
  closed.catch(() => undefined)
  try {
    const answered = once(socket, 'data', { signal: ending.signal })
    answered.catch(() => undefined)
    socket.write('ping\n')
    await Promise.race([answered, closed])
  } finally {
    ending.abort()
  }
}

/** Clients of one port whose connections stay open from one measurement to the next. */
export class PortClients implements Disposable {
  readonly #port: number
  readonly #sockets: readonly Socket[]

  private constructor(port: number, sockets: readonly Socket[]) {
    this.#port = port
    this.#sockets = sockets
  }

  /** Connects so many; each has been answered once. */
  static async open(port: number, width: number): Promise<PortClients> {
    await untilAnswered(port)
    const sockets = await Promise.all(Array.from({ length: width }, () => dial(port)))
    for (const socket of sockets) await ping(socket)
    return new PortClients(port, sockets)
  }

  /** Requests a second. */
  async requestRate(count: number): Promise<number> {
    return await rateOf(count, this.#sockets, ping)
  }

  /** New connections a second, each with one request, as many at a time as there are clients. */
  async connectionRate(count: number): Promise<number> {
    return await rateOf(count, this.#sockets, async () => {
      const socket = await dial(this.#port)
      await ping(socket)
      socket.destroy()
    })
  }

  /** Gbit/s over all connections together, each moving `bytes` from (`down`) or to the peer. */
  async bulkRate(bytes: number, way: 'down' | 'up'): Promise<number> {
    const began = performance.now()
    await Promise.all(this.#sockets.map((socket) => (way === 'down' ? receive(socket, bytes) : send(socket, bytes))))
    return (bytes * this.#sockets.length * 8) / 1e6 / (performance.now() - began)
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

async function rateOf<T>(count: number, workers: readonly T[], work: (worker: T) => Promise<void>): Promise<number> {
  const began = performance.now()
  let left = count
  await Promise.all(
    workers.map(async (worker) => {
      while (left-- > 0) await work(worker)
    }),
  )
  return (count * 1000) / (performance.now() - began)
}

async function receive(socket: Socket, bytes: number): Promise<void> {
  let left = bytes
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onData = (chunk: Buffer): void => void ((left -= chunk.length) <= 0 && resolve())
  const onClose = (): void => reject(new Error(`${left} of ${bytes} bytes did not come`))
  socket.on('data', onData).once('close', onClose)
  socket.write(`send ${bytes}\n`)
  try {
    await promise
  } finally {
    socket.off('data', onData).off('close', onClose)
  }
}

async function send(socket: Socket, bytes: number): Promise<void> {
  const answered = once(socket, 'data')
  socket.write(`take ${bytes}\n`)
  for (let left = bytes; left > 0; left -= block.length) {
    if (!socket.write(left < block.length ? block.subarray(0, left) : block)) await once(socket, 'drain')
  }
  await answered
}
