import { EventEmitter } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import { ClientConnection } from './client-connection.ts'
import { listenPrivately } from './private-socket.ts'

/** What docker.sock is made of. */
export interface DockerSocketOptions {
  /** A unix socket's path, or a named pipe's on Windows. */
  path: string
  /** A stream to the guest's Docker; may wait while the vm starts. The signal fires when the client has gone. */
  open(signal: AbortSignal): Promise<Duplex>
  log: Logger
  /** Called for each client when its first byte comes. */
  onConnection?(client: Socket): void
  limits?: Partial<DockerSocketLimits>
}

/** Bounds of docker.sock. */
export interface DockerSocketLimits {
  /** The longest a client waits for `open`, in milliseconds: a backstop above the limits of `open` itself. */
  openMs: number
  /** Clients waiting for `open`; more are refused. */
  waiting: number
  /** Clients that have connected and said nothing; the oldest makes room for a new one. */
  silent: number
}

/** Events of docker.sock: the first connection came, the last one went. */
export interface DockerSocketEvents {
  busy: []
  idle: []
}

/** The host's docker.sock; disposing it disconnects every client and removes the socket. */
export interface DockerSocket extends AsyncDisposable {
  readonly path: string
  /** Clients that have spoken and are not gone. */
  readonly connections: number
  on<E extends keyof DockerSocketEvents>(event: E, listener: () => void): void
  off<E extends keyof DockerSocketEvents>(event: E, listener: () => void): void
}

const defaultLimits: DockerSocketLimits = { openMs: 330_000, waiting: 1024, silent: 1024 }

/**
 * Listens for Docker clients; stays up whatever becomes of the tunnel.
 * @throws CoveError `engine.start-failed` when another program answers there, `file.unwritable`.
 */
export async function listenDockerSocket(options: DockerSocketOptions): Promise<DockerSocket> {
  const socket = new HostDockerSocket(options)
  await socket.listen()
  return socket
}

class HostDockerSocket extends EventEmitter<DockerSocketEvents> implements DockerSocket {
  readonly path: string
  readonly #options: DockerSocketOptions
  readonly #limits: DockerSocketLimits
  readonly #server: Server
  readonly #clients = new Set<Socket>()
  /** In the order of their connecting. */
  readonly #silent = new Set<Socket>()
  #place: AsyncDisposable | undefined
  #waiting = 0
  #connections = 0

  constructor(options: DockerSocketOptions) {
    super()
    this.path = options.path
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  get connections(): number {
    return this.#connections
  }

  async listen(): Promise<void> {
    this.#place = await listenPrivately(this.#server, this.path)
    this.#server.on('error', (error) => this.#options.log.error('docker.sock cannot accept', { error }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place?.[Symbol.asyncDispose]()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const client of this.#clients) client.destroy()
    await promise
  }

  #accept(client: Socket): void {
    this.#clients.add(client)
    this.#silent.add(client)
    client.once('close', () => {
      this.#clients.delete(client)
      this.#silent.delete(client)
    })
    this.#makeRoom()
    // oxlint-disable-next-line no-new -- it ends itself with its client
    new ClientConnection({
      client,
      open: this.#options.open,
      openMs: this.#limits.openMs,
      onSpoken: () => this.#onSpoken(client),
      onSettled: () => void (this.#waiting -= 1),
    })
  }

  #makeRoom(): void {
    if (this.#silent.size <= this.#limits.silent) return
    const [oldest] = this.#silent
    oldest?.destroy()
    if (oldest) this.#silent.delete(oldest)
  }

  #onSpoken(client: Socket): CoveError | undefined {
    this.#silent.delete(client)
    this.#count(client)
    this.#options.onConnection?.(client)
    this.#waiting += 1
    if (this.#waiting <= this.#limits.waiting) return undefined
    return new CoveError('docker.unreachable', {
      message: `${this.#limits.waiting} clients already wait for Docker to start`,
      hint: 'See "cove status".',
    })
  }

  #count(client: Socket): void {
    this.#connections += 1
    if (this.#connections === 1) this.emit('busy')
    client.once('close', () => {
      this.#connections -= 1
      if (this.#connections === 0) this.emit('idle')
    })
  }
}
