import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { ChannelAgent, type OpenSocket } from './channel-agent.ts'
import { dockerFailure, isNotFound, isStaleConnection } from './docker-failure.ts'

/** GETs of Docker's API; each throws CoveError `docker.unreachable`, the tunnel's own, or the signal's reason. */
export interface DockerReader extends Disposable {
  get<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T>
  /** The same, undefined where Docker knows no such object. */
  find<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined>
  /** An answer that goes on after its head; the signal bounds the wait for that head alone. */
  stream(path: string, signal?: AbortSignal): Promise<Readable>
}

/** How to open a reader. */
export interface DockerReaderOptions {
  openSocket: OpenSocket
  /** The longest one request waits for Docker's answer, should its signal not come first. */
  requestMs: number
}

/** A reader over streams of the tunnel; dockerode is loaded by the first call. */
export function createDockerReader({ openSocket, requestMs }: DockerReaderOptions): DockerReader {
  const agent = new ChannelAgent(openSocket)
  let docker: Promise<Docker> | undefined
  const ask = async <T>(path: string, signal: AbortSignal | undefined, use: (get: Get) => Promise<T>): Promise<T> => {
    const limit = { what: `Docker to answer GET ${path}`, ms: requestMs, code: 'docker.unreachable' as const, ...(signal ? { signal } : {}) }
    return await withLimit(limit, async (bounded) => {
      const request = { modem: (await (docker ??= loadDocker(agent))).modem as Modem, path, signal: bounded }
      try {
        return await use(request).catch((error: unknown) => {
          if (isStaleConnection(error)) return use(request)
          throw error
        })
      } catch (error) {
        // The limit's or the caller's reason says more than the abort it caused.
        bounded.throwIfAborted()
        throw dockerFailure(`GET ${path}`, error)
      }
    })
  }
  return {
    get: (path, schema, signal) => ask(path, signal, async (request) => schema.parse(await dial(request))),
    find: (path, schema, signal) =>
      ask(path, signal, async (request) => {
        const body = await dial(request).catch((error: unknown) => {
          if (isNotFound(error)) return undefined
          throw error
        })
        return body === undefined ? undefined : schema.parse(body)
      }),
    stream: (path, signal) => ask(path, signal, openStream),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** The part of docker-modem used here; dockerode's types call it any. */
interface Modem {
  dial(
    options: { path: string; method: string; abortSignal: AbortSignal; statusCodes: Record<number, true>; isStream?: boolean },
    done: (error: Error | null, body: unknown) => void,
  ): void
}

interface Get {
  modem: Modem
  path: string
  signal: AbortSignal
  /** Gives the answer's body as a stream. */
  isStream?: boolean
}

/** One GET; dockerode's own methods take an abort signal too, but their types do not. */
function dial({ modem, path, signal, isStream = false }: Get): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  // docker-modem cuts off the last character of a path with a "?", for the query it would add itself.
  modem.dial({ path: path.includes('?') ? `${path}?` : path, method: 'GET', abortSignal: signal, statusCodes: { 200: true }, isStream }, (error, body) => (error ? reject(error) : resolve(body)))
  return promise
}

/** One GET whose answer goes on after its head; the signal bounds the wait for that head alone. */
async function openStream({ modem, path, signal }: Get): Promise<Readable> {
  const own = new AbortController()
  const stop = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return (await dial({ modem, path, signal: own.signal, isStream: true })) as Readable
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function loadDocker(agent: ChannelAgent): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode')
  // docker-modem reads DOCKER_HOST and the files of DOCKER_CERT_PATH even when told where to go, and throws on bad ones.
  const { DOCKER_HOST: host } = process.env
  delete process.env['DOCKER_HOST']
  try {
    // Options that go on to docker-modem, whose types know the agent.
    const options = { protocol: 'http', host: 'docker', port: 80, agent } as const
    return new Dockerode(options)
  } finally {
    if (host !== undefined) process.env['DOCKER_HOST'] = host
  }
}
