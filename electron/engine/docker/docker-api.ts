import { z } from 'zod'
import { CoveError } from '#contract/errors.ts'
import { type DockerRequest, DockerRefusal, readText, type SendDocker } from './docker-request.ts'

/** A request without what the api adds. */
type Wish = Omit<DockerRequest, 'signal' | 'path' | 'method'>

/** A stream of Docker's may say nothing for days; about the longest a timer takes. */
export const endlessMs = 2 ** 31 - 1
/** While Docker works through gigabytes on its own disk it says nothing. */
export const longSilenceMs = 15 * 60_000
/** Longer answers are none of Docker's: an inspection with megabytes of labels still fits. */
const longestAnswer = 64 * 1024 * 1024

/** Docker's API with answers checked against what it says of itself. Each call throws DockerRefusal, `docker.unreachable` or the signal's reason. */
export class DockerApi {
  readonly #send: SendDocker
  readonly #signal: AbortSignal

  constructor(send: SendDocker, signal: AbortSignal = new AbortController().signal) {
    this.#send = send
    this.#signal = signal
  }

  get signal(): AbortSignal {
    return this.#signal
  }

  async get<T>(path: string, schema: z.ZodType<T>, wish: Wish = {}): Promise<T> {
    return this.#parsed({ method: 'GET', path, ...wish }, schema)
  }

  /** Undefined where there is no such object. */
  async find<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.get(path, schema).catch((error: unknown) => {
      if (error instanceof DockerRefusal && error.status === 404) return undefined
      throw error
    })
  }

  /** A POST whose answer matters. */
  async ask<T>(path: string, schema: z.ZodType<T>, wish: Wish = {}): Promise<T> {
    return this.#parsed({ method: 'POST', path, ...wish }, schema)
  }

  /** A DELETE whose answer matters. */
  async delete<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#parsed({ method: 'DELETE', path }, schema)
  }

  async do(method: 'POST' | 'PUT' | 'DELETE', path: string, wish: Wish = {}): Promise<void> {
    await readText(await this.#send({ method, path, ...wish, signal: this.#signal }), longestAnswer)
  }

  /** The answer's body as it comes, to be read to its end or returned early. */
  async stream(method: 'GET' | 'POST', path: string, wish: Wish = {}): Promise<AsyncGenerator<Buffer, void>> {
    return this.#send({ method, path, silenceMs: endlessMs, ...wish, signal: this.#signal })
  }

  async #parsed<T>(request: Omit<DockerRequest, 'signal'>, schema: z.ZodType<T>): Promise<T> {
    const text = await readText(await this.#send({ ...request, signal: this.#signal }), longestAnswer)
    const parsed = schema.safeParse(parseJson(text))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const at = issue === undefined ? '' : ` at "${issue.path.join('.')}": ${issue.message}`
    throw new CoveError('docker.unreachable', { message: `Docker's answer to ${request.method} ${request.path.split('?')[0] ?? ''} is not what its API says${at}` })
  }
}

/** JSON or undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A query of what is given, `?` included; true is 1, lists and objects are JSON. */
export function query(values: Readonly<Record<string, string | number | boolean | object | null | undefined>>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false || value === '') return []
    const text = value === true ? '1' : typeof value === 'object' ? JSON.stringify(value) : String(value)
    return [`${name}=${encodeURIComponent(text)}`]
  })
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** The path of an object, its id or name encoded: `container('x', 'start')`. */
export function objectPath(kind: 'containers' | 'images' | 'volumes' | 'networks' | 'exec', id: string, verb = ''): string {
  return `/${kind}/${encodeURIComponent(id)}${verb === '' ? '' : `/${verb}`}`
}
