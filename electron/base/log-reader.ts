import { watch, type FSWatcher } from 'node:fs'
import { dirname, basename } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { errnoOf } from './errno.ts'
import { LogCursor } from './log-cursor.ts'

/** Which part of a log to read. */
export interface LogRange {
  path: string
  follow: boolean
  /** How many of the last lines; null for all. */
  tail: number | null
  signal?: AbortSignal
}

/**
 * A log's lines in chunks of whole lines; with `follow` it goes on (told by the file system, no polling) until aborted,
 * across truncation and rotation of the file.
 * @throws CoveError `log.missing` when there is no such file and nothing to follow.
 */
export async function* readLog(range: LogRange): AsyncGenerator<string> {
  const { path, follow, tail, signal } = range
  await using cursor = new LogCursor(path)
  using changes = follow ? new ChangeSignal(path, signal) : undefined
  if (!(await cursor.open()) && !follow) throw missing(path)
  if (tail !== null) await cursor.seekTail(tail)
  yield* until(cursor.rest(), signal)
  if (!changes) return yield* cursor.unfinished()
  while (!signal?.aborted) {
    await changes.next()
    yield* until(cursor.renewed(), signal)
  }
}

async function* until(chunks: AsyncIterable<string>, signal: AbortSignal | undefined): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    if (signal?.aborted) return
    yield chunk
  }
}

function missing(path: string, cause?: unknown): CoveError {
  return new CoveError('log.missing', { message: `there is no log "${path}" yet`, about: { path }, hint: 'Start Cove first: cove start', ...(cause === undefined ? {} : { cause }) })
}

/** Tells of changes to one file; those that come while nobody waits are remembered. */
class ChangeSignal implements Disposable {
  #pending = false
  #failure: CoveError | undefined
  #wake: (() => void) | undefined
  readonly #watcher: FSWatcher
  readonly #signal: AbortSignal | undefined

  constructor(path: string, signal: AbortSignal | undefined) {
    this.#signal = signal
    this.#watcher = watchFolder(path)
    this.#watcher.on('change', (_event, name) => {
      if (name === null || String(name) === basename(path)) this.#notify()
    })
    this.#watcher.on('error', (error) => {
      this.#failure = new CoveError('log.missing', { message: `cannot follow "${path}" any more: ${error.message}`, about: { path }, cause: error })
      this.#notify()
    })
    signal?.addEventListener('abort', this.#notify, { once: true })
  }

  readonly #notify = (): void => {
    this.#pending = true
    this.#wake?.()
  }

  async next(): Promise<void> {
    if (!this.#pending && !this.#signal?.aborted) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#pending = false
    if (this.#failure) throw this.#failure
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#notify)
    this.#watcher.close()
  }
}

function watchFolder(path: string): FSWatcher {
  try {
    return watch(dirname(path))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw missing(path, error)
    throw new CoveError('log.missing', { message: `cannot follow "${path}": ${toCoveError(error).message}`, about: { path }, hint: 'Leave out --follow.', cause: error })
  }
}
