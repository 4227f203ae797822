import type { IncomingHttpHeaders } from 'node:http'
import { withLimit } from '#base/limit.ts'
import type { DockerVersion } from './docker-client.ts'
import { readText, type SendDocker } from './docker-request.ts'

/** The answer's body is two bytes. */
const longestAnswer = 1024

/** How to ask. */
export interface PingOptions {
  send: SendDocker
  /** The longest Docker may take, in ms. */
  ms: number
  signal: AbortSignal | undefined
}

/**
 * Whether Docker answers, with its version where the answer names it: `/version` runs three programs to tell those of
 * Docker's parts as well, half a second in an emulated guest.
 * @throws what every request does.
 */
export async function pingDocker({ send, ms, signal }: PingOptions): Promise<DockerVersion | undefined> {
  let version: DockerVersion | undefined
  const limit = { what: 'Docker to answer GET /_ping', ms, code: 'docker.unreachable' as const, ...(signal ? { signal } : {}) }
  await withLimit(limit, async (bounded) => readText(await send({ method: 'GET', path: '/_ping', signal: bounded, onHeaders: (headers) => (version = versionIn(headers)) }), longestAnswer))
  return version
}

/** `Server: Docker/28.5.2 (linux)` and `Api-Version: 1.51` come with every answer of Docker's. */
function versionIn({ server, 'api-version': apiVersion }: IncomingHttpHeaders): DockerVersion | undefined {
  const version = /^Docker\/(\S+)/.exec(String(server))?.[1]
  return version === undefined || typeof apiVersion !== 'string' ? undefined : { version, apiVersion }
}
