import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** One file to fetch and what it must be. */
export interface Download {
  url: string
  /** Lower-case hex. */
  sha256: string
  /** Where the verified file goes; until then it grows beside it as `<to>.part`. */
  to: string
  /** A longer one is refused. */
  maxBytes?: number
  /** The longest silence of the server, in milliseconds. */
  stallMs?: number
}

const defaults = { maxBytes: 300_000_000, stallMs: 30_000 }

/**
 * Fetches a file, going on where a former run stopped; what lies at `to` is replaced by the verified file or not at all.
 * @throws Error that names the address, and for a wrong file the checksum expected and found.
 */
export async function download({ url, sha256, to, ...limits }: Download): Promise<void> {
  const part = `${to}.part`
  const job = { url, part, ...defaults, ...limits }
  await mkdir(dirname(to), { recursive: true })
  const wasBegun = (await sizeOf(part)) > 0
  await receiveWhole(job)
  let found = await checksum(part)
  // What a former run left may be of another file.
  if (found !== sha256 && wasBegun) {
    await rm(part)
    await receiveWhole(job)
    found = await checksum(part)
  }
  if (found !== sha256) {
    await rm(part)
    throw new Error(`${url} is not the file that is pinned: expected sha256 ${sha256}, found ${found}. Nothing was replaced.`)
  }
  await rename(part, to)
}

/** A file's sha256 in lower-case hex. */
export async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

type Receipt = Required<Omit<Download, 'sha256' | 'to'>> & { part: string }

/** Asks again after a broken connection as long as each answer brings more of the file. */
async function receiveWhole(job: Receipt): Promise<void> {
  for (;;) {
    const before = await sizeOf(job.part)
    try {
      return await receive(job, before)
    } catch (error) {
      const isBroken = error instanceof TypeError || (error instanceof Error && error.name === 'StallError')
      if (isBroken && (await sizeOf(job.part)) > before) continue
      throw new Error(`downloading ${job.url} failed: ${reasonOf(error)}`, { cause: error })
    }
  }
}

async function receive({ url, part, maxBytes, stallMs }: Receipt, begun: number): Promise<void> {
  const abort = new AbortController()
  const watch = watchStall(stallMs, abort)
  try {
    const headers = { 'accept-encoding': 'identity', ...(begun > 0 ? { range: `bytes=${begun}-` } : {}) }
    const response = await fetch(url, { headers, signal: abort.signal })
    const start = startOf(response, begun)
    if (start === undefined) {
      await response.body?.cancel()
      await rm(part, { force: true })
      return await receive({ url, part, maxBytes, stallMs }, 0)
    }
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd())
    if (start + Number(response.headers.get('content-length') ?? 0) > maxBytes) throw tooLong(maxBytes)
    await using file = await open(part, start > 0 ? 'a' : 'w')
    let length = start
    // Each piece is on disk before the next is taken: a broken connection loses none.
    for await (const piece of response.body) {
      watch.moved()
      length += piece.length
      if (length > maxBytes) throw tooLong(maxBytes)
      await file.write(piece)
    }
  } finally {
    watch[Symbol.dispose]()
  }
}

/** At which byte an answer begins; undefined when it does not fit what is there already. */
function startOf(response: Response, begun: number): number | undefined {
  if (begun === 0 || response.status === 200) return 0
  if (response.status === 416) return undefined
  if (response.status !== 206) return 0
  return response.headers.get('content-range')?.startsWith(`bytes ${begun}-`) ? begun : undefined
}

/** Aborts when nothing came for a while. */
function watchStall(stallMs: number, abort: AbortController): Disposable & { moved: () => void } {
  const error = Object.assign(new Error(`the server sent nothing for ${stallMs / 1000} s`), { name: 'StallError' })
  const timer = setTimeout(() => abort.abort(error), stallMs)
  return { moved: () => void timer.refresh(), [Symbol.dispose]: () => clearTimeout(timer) }
}

function tooLong(maxBytes: number): Error {
  return new Error(`it is longer than the ${maxBytes} bytes allowed`)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}
