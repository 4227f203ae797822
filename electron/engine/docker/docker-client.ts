import type Docker from 'dockerode'
import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { ChannelAgent, type OpenSocket } from './channel-agent.ts'
import { dockerFailure, isStaleConnection } from './docker-failure.ts'

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
  ping(signal?: AbortSignal): Promise<void>
  version(signal?: AbortSignal): Promise<DockerVersion>
  info(signal?: AbortSignal): Promise<DockerInfo>
}

/** What a docker client is made of. */
export interface DockerClientOptions {
  openSocket: OpenSocket
  requestMs?: number
}

/** A client over streams of the tunnel; dockerode is loaded by the first call. */
export function createDockerClient(options: DockerClientOptions): DockerClient {
  const agent = new ChannelAgent(options.openSocket)
  let docker: Promise<Docker> | undefined
  const get = async <T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> => {
    const limit = { what: `Docker to answer GET ${path}`, ms: options.requestMs ?? requestMs, code: 'docker.unreachable' as const, ...(signal ? { signal } : {}) }
    return await withLimit(limit, async (bounded) => {
      const request = { modem: (await (docker ??= loadDocker(agent))).modem as Modem, path, signal: bounded }
      try {
        const body = await dial(request).catch((error: unknown) => {
          if (isStaleConnection(error)) return dial(request)
          throw error
        })
        return schema.parse(body)
      } catch (error) {
        // The limit's or the caller's reason says more than the abort it caused.
        bounded.throwIfAborted()
        throw dockerFailure(`GET ${path}`, error)
      }
    })
  }
  return {
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
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** The part of docker-modem used here; dockerode's types call it any. */
interface Modem {
  dial(
    options: { path: string; method: string; abortSignal: AbortSignal; statusCodes: Record<number, true> },
    done: (error: Error | null, body: unknown) => void,
  ): void
}

/** One GET; dockerode's own methods take an abort signal too, but their types do not. */
function dial({ modem, path, signal }: { modem: Modem; path: string; signal: AbortSignal }): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  modem.dial({ path, method: 'GET', abortSignal: signal, statusCodes: { 200: true } }, (error, body) => (error ? reject(error) : resolve(body)))
  return promise
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
