import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Router } from '@orpc/server'
import { WebSocketServer, type WebSocket } from 'ws'
import type { contract } from '#contract/index.ts'
import { socketPaths } from '#contract/socket-paths.ts'
import type { Logger } from '#base/log.ts'
import { listenPrivately } from '../tunnel/private-socket.ts'
import { createRpcHandler } from './plain-json.ts'
import { rpcSocket } from './rpc-socket.ts'
import { wireErrors } from './wire-errors.ts'

/** What engine.sock serves. */
export interface ServerOptions {
  /** Unix socket path or Windows pipe. */
  path: string
  router: Router<typeof contract, Record<never, never>>
  /** Serves one connection of the terminal side-channel. */
  onShell: (socket: WebSocket) => void
  log: Logger
  /** Fires when the engine is about to end: from then on whoever comes is refused, and finds the next engine instead. */
  ending?: AbortSignal
  /** A client that has not said what it wants by then is dropped, in ms. */
  handshakeMs?: number
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
const defaultHandshakeMs = 5000
/** More than these are refused. */
const maxClients = 256
/** Connections that have said nothing; the oldest makes room for a new one, so that they cannot keep anybody out. */
const maxSilent = 256

/**
 * Listens on engine.sock, mode 0600. The caller holds the instance lock, so a socket file that is there is stale.
 * @throws CoveError `engine.start-failed` when another program answers there, `file.unwritable`.
 */
export async function listenEngine(options: ServerOptions): Promise<EngineServer> {
  const limitMs = options.handshakeMs ?? defaultHandshakeMs
  const limits = { headersTimeout: limitMs, requestTimeout: limitMs, connectionsCheckingInterval: Math.ceil(limitMs / 5) }
  const http = createServer(limits, (_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' }).end("This is Cove's engine. Use the cove command.\n")
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, perMessageDeflate: false })
  const watchers: ((clients: number) => void)[] = []
  const tell = (): void => watchers.forEach((watcher) => watcher(sockets.clients.size))
  const silent = dropSilent(http)
  const serve = createRouteTable(options)
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    silent.delete(socket)
    socket.on('error', () => undefined)
    const route = serve.get(request.url ?? '')
    // A browser page sends Origin; nothing of ours does.
    if (!route || request.headers.origin !== undefined) return refuse(socket, '403 Forbidden')
    if (options.ending?.aborted) return refuse(socket, '410 Gone')
    if (sockets.clients.size >= maxClients) return refuse(socket, '503 Service Unavailable')
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', (error) => options.log.debug('client', { error }))
      client.on('close', tell)
      tell()
      route(client)
    })
  })
  http.on('clientError', (_error, socket) => socket.destroy())
  const place = await listenPrivately(http, options.path)
  return {
    get clients() {
      return sockets.clients.size
    },
    onClients: (listener) => void watchers.push(listener),
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]()
      await close(http, sockets)
    },
  }
}

/** The connections that have not asked for anything, bounded; the caller takes out those that have. */
function dropSilent(http: Server): Set<Socket> {
  const silent = new Set<Socket>()
  http.on('connection', (socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
    const [oldest] = silent
    if (silent.size > maxSilent) oldest?.destroy()
  })
  return silent
}

function refuse(socket: Socket, status: string): void {
  // A client that never closes its side would keep the socket half open.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
}

function createRouteTable({ router, onShell, log }: ServerOptions): Map<string, (socket: WebSocket) => void> {
  const handler = createRpcHandler(router, { clientInterceptors: [wireErrors(log)] })
  const rpc = (socket: WebSocket): void => void handler.upgrade(rpcSocket(socket), { context: {} })
  return new Map([
    [socketPaths.rpc, rpc],
    [socketPaths.shell, onShell],
  ])
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
