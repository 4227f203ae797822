import { DockerApi } from '../docker/docker-api.ts'
import type { Session } from '../life/parts.ts'
import type { EngineParts } from '../parts.ts'

/** How long a call waits for a vm that sleeps or starts. */
const awakeLimitMs = 300_000

/** What a call on Docker's objects works with. */
export interface Reach {
  session: Session
  api: DockerApi
  signal: AbortSignal
}

/** Docker for the length of one call: wakes a sleeping vm and keeps it awake meanwhile. @throws CoveError `vm.not-running`. */
export async function reach<T>(parts: Pick<EngineParts, 'life' | 'activity'>, signal: AbortSignal | undefined, work: (reach: Reach) => Promise<T>): Promise<T> {
  using _awake = parts.activity.hold()
  const own = signal ?? AbortSignal.timeout(awakeLimitMs)
  const session = await parts.life.awake(own)
  return await work({ session, api: new DockerApi(session.docker.send, own), signal: own })
}

/** The same for a stream, which ends with its listener or the session; it keeps nothing awake. */
export async function* reachStream<T>(parts: Pick<EngineParts, 'life'>, signal: AbortSignal | undefined, work: (reach: Reach) => AsyncIterable<T>): AsyncGenerator<T> {
  const left = new AbortController()
  const own = signal ? AbortSignal.any([signal, left.signal]) : left.signal
  try {
    const session = await parts.life.awake(own)
    yield* work({ session, api: new DockerApi(session.docker.send, own), signal: own })
  } catch (error) {
    // Who left is told nothing; anybody else hears why.
    if (!signal?.aborted) throw error
  } finally {
    left.abort()
  }
}
