import { connect } from 'node:net'
import { once } from 'node:events'
import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import { CoveError, isErrorCode, readAbout, toCoveError, type ErrorAbout } from '#contract/errors.ts'
import type { contract } from '#contract/index.ts'
import { socketPaths } from '#contract/socket-paths.ts'
import { creditFrame, creditHeader, granting } from '#contract/stream-credit.ts'
import { cancelled, withLimit } from './limit.ts'
import type { CovePaths } from './paths.ts'
import { coveVersion } from './version.ts'

/** Typed calls of the contract; every rejection is a CoveError. */
export type EngineApi = ContractRouterClient<typeof contract>

/** A connection to a running engine. */
export interface EngineClient extends AsyncDisposable {
  readonly api: EngineApi
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>
  /** Opens the raw side-channel of contract/shell.ts. */
  openShellSocket(signal?: AbortSignal): Promise<WebSocket>
}

/** What a connection needs. */
export interface ConnectOptions {
  paths: CovePaths
  signal?: AbortSignal
}

const dialLimitMs = 5000

/**
 * Connects to the engine of this COVE_HOME.
 * @throws CoveError `engine.unreachable` when none listens or it does not answer within 5 s, `engine.busy` when it takes no more clients.
 */
export async function connectEngine({ paths, signal }: ConnectOptions): Promise<EngineClient> {
  const socket = await openEngineSocket({ paths, ...(signal ? { signal } : {}) })
  const closed = Promise.withResolvers<void>()
  socket.once('close', () => closed.resolve())
  // A later error only means the close that follows; calls under way are rejected by it.
  socket.on('error', () => undefined)
  const link = new RPCLink<{ stream: string }>({ websocket: socket as unknown as globalThis.WebSocket, headers: ({ context }) => ({ [creditHeader]: context.stream }) })
  let calls = 0
  const api: EngineApi = createORPCClient({
    call: async (path, input, options) => {
      try {
        const stream = String(++calls)
        const output = await link.call(path, input, { ...options, context: { stream } })
        return mapStream(output, options.signal, (items) => socket.readyState === socket.OPEN && socket.send(creditFrame(stream, items)))
      } catch (error) {
        throw fromWire(error, options.signal)
      }
    },
  })
  return {
    api,
    closed: closed.promise,
    openShellSocket: (shellSignal) => dial(paths.engineSocket, socketPaths.shell, shellSignal),
    [Symbol.asyncDispose]: async () => {
      socket.close()
      const giveUp = setTimeout(() => socket.terminate(), 500)
      await closed.promise
      clearTimeout(giveUp)
    },
  }
}

/** A bare connection that carries the frames of the contract, for who relays them. @throws as connectEngine. */
export function openEngineSocket({ paths, signal }: ConnectOptions): Promise<WebSocket> {
  return dial(paths.engineSocket, socketPaths.rpc, signal)
}

async function dial(socketPath: string, path: string, signal?: AbortSignal): Promise<WebSocket> {
  const hint = 'The engine process hangs. End it (the vm and its containers go on running), then try again.'
  const limit = { what: `the engine to answer on "${socketPath}"`, ms: dialLimitMs, code: 'engine.unreachable' as const, hint }
  return withLimit({ ...limit, ...(signal ? { signal } : {}) }, async (own) => {
    // A plain stream for the transport works for unix sockets and Windows pipes alike; `ws+unix:` fails on pipes.
    const socket = new WebSocket(`ws://cove${path}`, {
      createConnection: () => connect(socketPath),
      perMessageDeflate: false,
      maxPayload: 64 * 1024 * 1024,
    })
    const abort = (): void => socket.terminate()
    own.addEventListener('abort', abort, { once: true })
    try {
      await once(socket, 'open')
      return socket
    } catch (error) {
      throw dialError(socketPath, error)
    } finally {
      own.removeEventListener('abort', abort)
    }
  })
}

function dialError(socketPath: string, error: unknown): CoveError {
  const { message } = toCoveError(error)
  // ws tells a refusal by its status in the message alone.
  if (message.endsWith(' 503')) {
    return new CoveError('engine.busy', { message: `the engine on "${socketPath}" has as many clients as it takes`, hint: 'End some, then try again.', cause: error })
  }
  return new CoveError('engine.unreachable', { message: `no engine answers on "${socketPath}": ${message}`, hint: 'Start it with: cove start', cause: error })
}

function mapStream(output: unknown, signal: AbortSignal | undefined, grant: (items: number) => void): unknown {
  if (typeof output !== 'object' || output === null || !(Symbol.asyncIterator in output)) return output
  const source = granting((output as AsyncIterable<unknown>)[Symbol.asyncIterator](), grant)
  const iterator: AsyncIterableIterator<unknown> = {
    next: () => source.next().catch((error: unknown) => Promise.reject(fromWire(error, signal))),
    return: async (value) => (await source.return?.(value)) ?? { done: true, value },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

/** An error of the link as the CoveError that the engine threw. */
function fromWire(error: unknown, signal: AbortSignal | undefined): CoveError {
  if (error instanceof CoveError) return error
  if (signal?.aborted) return signal.reason instanceof CoveError ? signal.reason : cancelled('the call')
  if (error instanceof ORPCError) {
    if (isErrorCode(error.code)) return new CoveError(error.code, { message: error.message, ...detailOf(error.data) })
    if (error.code === 'NOT_FOUND') return otherVersion(error)
    const code = error.code === 'BAD_REQUEST' ? 'usage.invalid' : 'internal.bug'
    return new CoveError(code, { message: `the engine answered "${error.code}": ${error.message}`, cause: error })
  }
  return new CoveError('engine.unreachable', {
    message: `the connection to the engine ended: ${toCoveError(error).message}`,
    hint: 'See what happened with: cove logs engine',
    cause: error,
  })
}

function detailOf(data: unknown): { hint?: string; about: ErrorAbout | undefined } {
  const { hint, about } = (data ?? {}) as { hint?: unknown; about?: unknown }
  return { about: readAbout(about), ...(typeof hint === 'string' ? { hint } : {}) }
}

/** A call that the engine has never heard of: it was started by another version of Cove. */
function otherVersion(cause: unknown): CoveError {
  return new CoveError('engine.other-version', {
    message: `the engine that runs is of another version than this one (${coveVersion}) and does not know that call`,
    hint: 'Replace it: cove stop --engine, then try again.',
    cause,
  })
}
