import { z } from 'zod'
import { CoveError } from '#contract/errors.ts'
import { withLimit } from '#base/limit.ts'
import { DockerRefusal, readText, type SendDocker } from './docker-request.ts'

/** GETs of Docker's API; each throws DockerRefusal, CoveError `docker.unreachable`, the tunnel's own, or the signal's reason. */
export interface DockerReader {
  get<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T>
  /** The same, undefined where Docker knows no such object. */
  find<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined>
  /** An answer that goes on for as long as Docker likes, until the signal. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>>
}

/** How to open a reader. */
export interface DockerReaderOptions {
  send: SendDocker
  /** The longest one request waits for Docker's answer, should its signal not come first. */
  requestMs: number
}

/** A list of everything there is may be long; what is longer than this, in bytes, is none. */
const longestAnswer = 64 * 1024 * 1024

/** A reader of Docker's objects. */
export function createDockerReader({ send, requestMs }: DockerReaderOptions): DockerReader {
  const ask = async (path: string, signal: AbortSignal | undefined): Promise<string> => {
    const limit = { what: `Docker to answer GET ${path}`, ms: requestMs, code: 'docker.unreachable' as const, ...(signal ? { signal } : {}) }
    return await withLimit(limit, async (bounded) => readText(await send({ method: 'GET', path, signal: bounded }), longestAnswer))
  }
  const get: DockerReader['get'] = async (path, schema, signal) => parseAnswer(path, schema, await ask(path, signal))
  return {
    get,
    find: (path, schema, signal) => unlessMissing(get(path, schema, signal)),
    stream: (path, signal) => send({ method: 'GET', path, signal, silenceMs: requestMs, mayRest: true }),
  }
}

/** An answer as what its API says it is. @throws CoveError `docker.unreachable`. */
export function parseAnswer<T>(path: string, schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new CoveError('docker.unreachable', { message: `Docker's answer to GET ${path.split('?')[0] ?? path} is not what its API says: ${parsed.error.issues[0]?.message ?? ''}` })
}

/** What a request brings, undefined where Docker says that there is no such object. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof DockerRefusal && error.status === 404) return undefined
    throw error
  })
}

/** Text that is not JSON is undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
