import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { ORPCError, type Router } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { toCoveError, type CoveError } from '#contract/errors.ts'
import type { contract } from '#contract/index.ts'
import { socketPaths } from '#contract/shell.ts'
import type { Logger } from '#base/log.ts'

/** What engine.sock serves. */
export interface ServerOptions {
  /** Unix socket path or Windows pipe. */
  path: string
  router: Router<typeof contract, Record<never, never>>
  /** Serves one connection of the terminal side-channel. */
  onShell: (socket: WebSocket) => void
  log: Logger
}

/** The listening engine.sock. */
export interface EngineServer extends AsyncDisposable {
  /** Clients connected now. */
  readonly clients: number
  /** Called whenever the number of clients changes. */
  onClients(listener: (clients: number) => void): void
}

/** One request is at most this long; the largest legitimate one is a few KiB. */
const maxRequestBytes = 1024 * 1024
/** A client that has not said what it wants by then is dropped. */
const handshakeLimitMs = 5000
const maxClients = 256

/**
 * Listens on engine.sock, mode 0600. The caller holds the instance lock, so a socket file that is there is stale.
 * @throws Error when the path cannot be bound.
 */
export async function listenEngine(options: ServerOptions): Promise<EngineServer> {
  if (process.platform !== 'win32') rmSync(options.path, { force: true })
  const http = createServer({ headersTimeout: handshakeLimitMs, requestTimeout: handshakeLimitMs }, (_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' }).end('This is Cove\'s engine. Use the cove command.\n')
  })
  http.maxConnections = maxClients
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, perMessageDeflate: false })
  const watchers: ((clients: number) => void)[] = []
  const tell = (): void => watchers.forEach((watcher) => watcher(sockets.clients.size))
  const serve = createRouteTable(options)
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => undefined)
    const route = serve.get(request.url ?? '')
    // A browser page sends Origin; nothing of ours does.
    if (!route || request.headers.origin !== undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', (error) => options.log.debug('client', { error }))
      client.on('close', tell)
      tell()
      route(client)
    })
  })
  http.on('clientError', (_error, socket) => socket.destroy())
  await bind(http, options.path)
  return {
    get clients() {
      return sockets.clients.size
    },
    onClients: (listener) => void watchers.push(listener),
    [Symbol.asyncDispose]: () => close(http, sockets),
  }
}

async function bind(http: Server, path: string): Promise<void> {
  const listening = once(http, 'listening')
  http.listen(path)
  await listening
  if (process.platform !== 'win32') chmodSync(path, 0o600)
}

function createRouteTable({ router, onShell, log }: ServerOptions): Map<string, (socket: WebSocket) => void> {
  const handler = new RPCHandler(router, {
    interceptors: [
      async ({ next }) => {
        try {
          return await next()
        } catch (error) {
          throw toWire(error, log)
        }
      },
    ],
  })
  const rpc = (socket: WebSocket): void => void handler.upgrade(withBackPressure(socket), { context: {} })
  return new Map([
    [socketPaths.rpc, rpc],
    [socketPaths.shell, onShell],
  ])
}

/** oRPC awaits `send`: resolving it only when the bytes left the process keeps a slow reader from filling our memory. */
function withBackPressure(socket: WebSocket): Pick<WebSocket, 'addEventListener' | 'send'> {
  const send = (data: Parameters<WebSocket['send']>[0]): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(data, (error) => (error ? reject(error) : resolve()))
    })
  return { addEventListener: socket.addEventListener.bind(socket) as WebSocket['addEventListener'], send }
}

/** A CoveError as it travels; a mistake of ours is logged with its stack. */
export function toWire(error: unknown, log: Logger): Error {
  if (error instanceof ORPCError) return error
  const ours: CoveError = toCoveError(error)
  if (ours.code === 'internal.bug') log.error('bug', { error: ours, stack: error instanceof Error ? error.stack : undefined })
  return new ORPCError(ours.code, { status: 500, message: ours.message, data: { hint: ours.hint }, defined: false })
}

async function close(http: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.close(1001, 'engine ends')
  const closed = once(http, 'close')
  http.close()
  http.closeAllConnections()
  const force = setTimeout(() => {
    for (const client of sockets.clients) client.terminate()
  }, 500)
  await closed
  clearTimeout(force)
}
