import { request as httpRequest, type Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { DockerRefusal, readText } from './docker-request.ts'
import { dockerFailure } from './docker-failure.ts'

/** A request that turns its connection into a stream of bytes both ways: attach, exec. */
export interface Hijack {
  path: string
  json: unknown
  signal: AbortSignal
}

/** @throws DockerRefusal, CoveError `docker.unreachable`, or the signal's reason. */
export type OpenHijack = (hijack: Hijack) => Promise<Duplex>

/** Opens such streams over an agent's connections. */
export function createHijack(agent: Agent): OpenHijack {
  return ({ path, json, signal }) => {
    const text = JSON.stringify(json)
    const headers = { host: 'docker', connection: 'Upgrade', upgrade: 'tcp', 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
    const outgoing = httpRequest({ agent, method: 'POST', path, headers })
    // Bounds the wait for the stream alone: what became of the call afterwards is not its concern.
    const stop = (): void => void outgoing.destroy()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    outgoing.once('upgrade', (_answer, stream: Duplex, head: Buffer) => {
      if (head.length > 0) stream.unshift(head)
      resolve(stream)
    })
    outgoing.once('response', (answer) => {
      // Docker says no with an ordinary answer.
      void readText(answer, 64 * 1024).then((said) => reject(new DockerRefusal(answer.statusCode ?? 0, `POST ${path}`, messageOf(said))), reject)
    })
    outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : dockerFailure(`POST ${path}`, error)))
    outgoing.end(text)
    return promise.finally(() => signal.removeEventListener('abort', stop))
  }
}

function messageOf(text: string): string {
  try {
    const said: unknown = JSON.parse(text)
    if (typeof said === 'object' && said !== null && 'message' in said) return String(said.message)
  } catch {
    // Not JSON: as it is.
  }
  return text.trim().slice(0, 500)
}
