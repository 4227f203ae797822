import { once } from 'node:events'
import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import { CoveError } from '#contract/errors.ts'
import { dockerFailure, isStaleConnection } from './docker-failure.ts'

/** What Docker's refusals are about, where that is a code of its own. */
const codes: Readonly<Record<number, 'docker.not-found' | 'docker.conflict'>> = { 404: 'docker.not-found', 409: 'docker.conflict' }

/** Docker answered, and the answer was no. */
export class DockerRefusal extends CoveError {
  readonly status: number

  constructor(status: number, what: string, said: string) {
    super(codes[status] ?? 'docker.refused', { message: `Docker refused ${what}: ${said} (HTTP ${status})` })
    this.status = status
  }
}

/** One request to Docker's API, with a body and an answer of any length. */
export interface DockerRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  /** With the query, encoded. */
  path: string
  json?: unknown
  /** Such as X-Registry-Auth. */
  headers?: Readonly<Record<string, string>>
  /** Told the answer's headers, lower-case, before its body. */
  onHeaders?: (headers: IncomingMessage['headers']) => void
  /** A tar archive, sent as it comes. */
  tar?: AsyncIterable<Uint8Array>
  signal: AbortSignal
  /** The longest Docker may keep us waiting without a byte moving, in ms; the whole has no limit. */
  silenceMs?: number
  /** Once begun, the answer may keep silent for as long as it likes. */
  mayRest?: boolean
}

/**
 * Sends a request and resolves with the answer's body, to be read to its end or returned early.
 * @throws DockerRefusal, CoveError `docker.unreachable`, or the signal's reason; while the body is read as well.
 */
export type SendDocker = (request: DockerRequest) => Promise<AsyncGenerator<Buffer, void>>

const defaultSilenceMs = 60_000
const longestComplaint = 64 * 1024

/** A sender over an agent's connections. */
export function createSender(agent: Agent): SendDocker {
  return async (request) => {
    const { answer, patience } = await exchange(agent, request).catch((error: unknown) => {
      // Docker closed a kept connection just then; a body that was begun cannot be sent twice.
      if (isStaleConnection(error) && !request.tar && !request.signal.aborted) return exchange(agent, request)
      throw failure(request, error)
    })
    const body = read({ answer, patience, request })
    const status = answer.statusCode ?? 0
    if (status < 400) {
      request.onHeaders?.(answer.headers)
      return body
    }
    throw new DockerRefusal(status, nameOf(request), complaint(await readText(body, longestComplaint)))
  }
}

function nameOf({ method, path }: DockerRequest): string {
  return `${method} ${path.split('?')[0] ?? path}`
}

function failure(request: DockerRequest, error: unknown): unknown {
  return request.signal.aborted ? request.signal.reason : dockerFailure(nameOf(request), error)
}

interface Exchange {
  answer: IncomingMessage
  patience: Patience
}

async function exchange(agent: Agent, request: DockerRequest): Promise<Exchange> {
  const { method, path, json, tar, signal, headers: more } = request
  signal.throwIfAborted()
  const text = json === undefined ? undefined : JSON.stringify(json)
  const type = tar ? { 'content-type': 'application/x-tar' } : {}
  const headers = text === undefined ? type : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const outgoing = httpRequest({ agent, method, path, headers: { host: 'docker', ...headers, ...more } })
  const patience = new Patience(outgoing, request)
  // `once` rejects with what the request is destroyed with: that is how patience, the signal and a failed upload end it.
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  if (tar) upload(outgoing, tar, patience).catch((error: unknown) => outgoing.destroy(asError(error)))
  else outgoing.end(text)
  try {
    const [answer] = await patience.during(answered)
    patience.follow(answer)
    return { answer, patience }
  } catch (error) {
    patience.end()
    throw error
  }
}

/** Sends a body; stops when Docker has answered, which it may do before it has read everything. */
async function upload(outgoing: ClientRequest, tar: AsyncIterable<Uint8Array>, patience: Patience): Promise<void> {
  let isAnswered = false
  outgoing.once('response', () => (isAnswered = true))
  for await (const chunk of tar) {
    if (isAnswered || outgoing.destroyed) return
    if (!outgoing.write(chunk)) await patience.during(drained(outgoing))
  }
  outgoing.end()
}

function drained(outgoing: ClientRequest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ends = ['drain', 'close', 'response'] as const
  for (const end of ends) outgoing.on(end, resolve)
  return promise.finally(() => ends.forEach((end) => outgoing.off(end, resolve)))
}

async function* read({ answer, patience, request }: Exchange & { request: DockerRequest }): AsyncGenerator<Buffer, void> {
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (;;) {
      const next = await (request.mayRest ? chunks.next() : patience.during(chunks.next()))
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw failure(request, error)
  } finally {
    patience.end()
    answer.destroy()
  }
}

/** Ends a request on which we wait too long without a byte moving, or whose signal fires. A slow reader or source of ours does not count. */
class Patience {
  readonly #timer: NodeJS.Timeout
  readonly #signal: AbortSignal
  readonly #outgoing: ClientRequest
  readonly #onAbort = (): void => this.#give(asError(this.#signal.reason))
  #waits = 0
  #answer: IncomingMessage | undefined

  constructor(outgoing: ClientRequest, request: DockerRequest) {
    const ms = request.silenceMs ?? defaultSilenceMs
    this.#outgoing = outgoing
    this.#signal = request.signal
    this.#timer = setTimeout(() => {
      if (this.#waits === 0) return
      this.#give(new CoveError('docker.unreachable', { message: `Docker kept silent for ${ms / 1000} s during ${nameOf(request)}`, hint: 'See what it does: cove logs guest' }))
    }, ms)
    request.signal.addEventListener('abort', this.#onAbort, { once: true })
    outgoing.on('error', () => undefined)
  }

  /** Waits for Docker. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#waits++
    this.#timer.refresh()
    try {
      return await work
    } finally {
      this.#waits--
    }
  }

  follow(answer: IncomingMessage): void {
    this.#answer = answer.on('error', () => undefined)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#onAbort)
  }

  #give(reason: Error): void {
    this.end()
    this.#answer?.destroy(reason)
    this.#outgoing.destroy(reason)
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

function complaint(text: string): string {
  try {
    const said: unknown = JSON.parse(text)
    if (typeof said === 'object' && said !== null && 'message' in said) return String(said.message)
  } catch {
    // Not JSON: as it is.
  }
  return text.trim().slice(0, 500) || 'it gave no reason'
}

/** A body as text, up to a length in bytes; what goes beyond is not read. */
export async function readText(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    if ((length += chunk.length) > limit) break
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, limit)
}
