import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { ChannelAgent, type OpenSocket } from './channel-agent.ts'
import { ContainerList } from './container.ts'
import { dockerFailure, isStaleConnection } from './docker-failure.ts'
import { LiveDocker, type LiveSource } from './live-docker.ts'

/** The longest one request waits for Docker's answer, should its signal not come first. */
const requestMs = 10_000

const Version = z.object({ Version: z.string(), ApiVersion: z.string() })
const Info = z.object({
  ID: z.string(),
  ServerVersion: z.string(),
  Containers: z.int().default(0),
  ContainersRunning: z.int().default(0),
  Images: z.int().default(0),
})

/** What runs in the guest. */
export interface DockerVersion {
  version: string
  apiVersion: string
}

/** Docker about itself. */
export interface DockerInfo {
  id: string
  version: string
  containers: number
  containersRunning: number
  images: number
}

/** Docker's API; each call throws CoveError `docker.unreachable`, or the tunnel's own. */
export interface DockerClient extends Disposable {
  /** The containers, kept current; begins with whoever asks first and ends with the client. */
  readonly live: LiveDocker
  ping(signal?: AbortSignal): Promise<void>
  version(signal?: AbortSignal): Promise<DockerVersion>
  info(signal?: AbortSignal): Promise<DockerInfo>
}

/** What a docker client is made of. */
export interface DockerClientOptions {
  openSocket: OpenSocket
  requestMs?: number
  log?: Logger
}

/** A client over streams of the tunnel; dockerode is loaded by the first call. */
export function createDockerClient(options: DockerClientOptions): DockerClient {
  const agent = new ChannelAgent(options.openSocket)
  let docker: Promise<Docker> | undefined
  const loaded = async (): Promise<Modem> => (await (docker ??= loadDocker(agent))).modem as Modem
  const ask = async <T>(path: string, signal: AbortSignal | undefined, use: (modem: Modem, bounded: AbortSignal) => Promise<T>): Promise<T> => {
    const limit = { what: `Docker to answer GET ${path}`, ms: options.requestMs ?? requestMs, code: 'docker.unreachable' as const, ...(signal ? { signal } : {}) }
    return await withLimit(limit, async (bounded) => {
      const modem = await loaded()
      try {
        return await use(modem, bounded).catch((error: unknown) => {
          if (isStaleConnection(error)) return use(modem, bounded)
          throw error
        })
      } catch (error) {
        // The limit's or the caller's reason says more than the abort it caused.
        bounded.throwIfAborted()
        throw dockerFailure(`GET ${path}`, error)
      }
    })
  }
  const get = async <T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> =>
    ask(path, signal, async (modem, bounded) => schema.parse(await dial({ modem, path, signal: bounded })))
  const source: LiveSource = {
    openEvents: (signal) => ask('/events', signal, (modem, bounded) => openStream({ modem, path: '/events', signal: bounded })),
    listContainers: (signal, id) => get(`/containers/json?all=1${id === undefined ? '' : `&filters=${encodeURIComponent(JSON.stringify({ id: [id] }))}`}`, ContainerList, signal),
  }
  let live: LiveDocker | undefined
  return {
    get live() {
      return (live ??= new LiveDocker(source, options.log ?? silentLogger))
    },
    ping: async (signal) => void (await get('/_ping', z.unknown(), signal)),
    version: async (signal) => {
      const { Version: version, ApiVersion: apiVersion } = await get('/version', Version, signal)
      return { version, apiVersion }
    },
    info: async (signal) => {
      const info = await get('/info', Info, signal)
      const { ID: id, ServerVersion: version, Containers: containers, ContainersRunning: containersRunning, Images: images } = info
      return { id, version, containers, containersRunning, images }
    },
    [Symbol.dispose]: () => {
      live?.[Symbol.dispose]()
      agent.destroy()
    },
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
