import { z } from 'zod'
import { type Logger, silentLogger } from '#base/log.ts'
import { ChannelAgent, type OpenSocket } from './channel-agent.ts'
import { pingDocker } from './docker-ping.ts'
import { createDockerReader } from './docker-reader.ts'
import { createHijack, type OpenHijack } from './hijack.ts'
import { createSender, type SendDocker } from './docker-request.ts'
import { LiveDocker } from './live-docker.ts'
import { liveSource } from './live-source.ts'

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

/** Docker's API; each call throws CoveError `docker.unreachable`, `docker.refused`, or the tunnel's own. */
export interface DockerClient extends Disposable {
  /** Docker's objects, kept current; begins with whoever asks first and ends with the client. */
  readonly live: LiveDocker
  /** Whether it answers; its version where the answer names it. */
  ping(signal?: AbortSignal): Promise<DockerVersion | undefined>
  version(signal?: AbortSignal): Promise<DockerVersion>
  info(signal?: AbortSignal): Promise<DockerInfo>
  /** Any request, its body and answer streamed; what it throws beside is the same. */
  readonly send: SendDocker
  /** A request that turns into a stream both ways. */
  readonly hijack: OpenHijack
}

/** What a docker client is made of. */
export interface DockerClientOptions {
  openSocket: OpenSocket
  requestMs?: number
  log?: Logger
}

/** A client over streams of the tunnel. */
export function createDockerClient({ openSocket, requestMs: ms = requestMs, log = silentLogger }: DockerClientOptions): DockerClient {
  // A request that finds no connection free opens one: gigabytes are never in the way of a question.
  const agent = new ChannelAgent(openSocket)
  const send = createSender(agent)
  const reader = createDockerReader({ send, requestMs: ms })
  let live: LiveDocker | undefined
  return {
    get live() {
      return (live ??= new LiveDocker(liveSource(reader), log))
    },
    ping: (signal) => pingDocker({ send, ms, signal }),
    version: async (signal) => {
      const { Version: version, ApiVersion: apiVersion } = await reader.get('/version', Version, signal)
      return { version, apiVersion }
    },
    info: async (signal) => {
      const info = await reader.get('/info', Info, signal)
      const { ID: id, ServerVersion: version, Containers: containers, ContainersRunning: containersRunning, Images: images } = info
      return { id, version, containers, containersRunning, images }
    },
    send,
    hijack: createHijack(agent),
    [Symbol.dispose]: () => {
      live?.[Symbol.dispose]()
      agent.destroy()
    },
  }
}
