import { watch } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, basename } from 'node:path'
import { CoveError } from '#contract/errors.ts'
import { errnoOf } from './errno.ts'

/** Which part of a log to read. */
export interface LogRange {
  path: string
  follow: boolean
  /** How many of the last lines; null for all. */
  tail: number | null
  signal?: AbortSignal
}

const chunkBytes = 64 * 1024

/**
 * A log's lines in chunks of whole lines; with `follow` it goes on (told by the file system, no polling) until aborted,
 * across truncation and replacement of the file.
 * @throws CoveError `log.missing` when there is no such file and nothing to follow.
 */
export async function* readLog(range: LogRange): AsyncGenerator<string> {
  await using cursor = new LogCursor(range.path)
  if (!(await cursor.open()) && !range.follow) {
    throw new CoveError('log.missing', { message: `there is no log "${range.path}" yet`, hint: 'Start Cove first: cove start' })
  }
  if (range.tail !== null) await cursor.seekTail(range.tail)
  if (!range.follow) {
    yield* cursor.rest()
    return yield* cursor.unfinished()
  }
  using changes = new ChangeSignal(range.path, range.signal)
  while (!range.signal?.aborted) {
    yield* cursor.rest()
    await changes.next()
    await cursor.refresh()
  }
}

class LogCursor implements AsyncDisposable {
  #file: FileHandle | undefined
  #at = 0
  #partial: Buffer = Buffer.alloc(0)
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async open(): Promise<boolean> {
    this.#file = await open(this.#path, 'r').catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    })
    this.#at = 0
    return this.#file !== undefined
  }

  /** Moves to the start of the last `lines` lines, reading backwards. */
  async seekTail(lines: number): Promise<void> {
    if (!this.#file) return
    let end = (await this.#file.stat()).size
    this.#at = end
    let seen = 0
    const block = Buffer.alloc(chunkBytes)
    for (let skipLast = true; end > 0; ) {
      const start = Math.max(0, end - chunkBytes)
      const { bytesRead } = await this.#file.read(block, 0, end - start, start)
      for (let i = bytesRead - 1; i >= 0; i--) {
        if (block[i] !== 10) {
          skipLast = false
          continue
        }
        if (skipLast) skipLast = false
        else seen++
        if (seen === lines || lines === 0) return void (this.#at = lines === 0 ? this.#at : start + i + 1)
      }
      end = start
      this.#at = start
    }
  }

  async *rest(): AsyncGenerator<string> {
    const block = Buffer.alloc(chunkBytes)
    while (this.#file) {
      const { bytesRead } = await this.#file.read(block, 0, block.length, this.#at)
      if (bytesRead === 0) return
      this.#at += bytesRead
      const text = Buffer.concat([this.#partial, block.subarray(0, bytesRead)])
      const end = text.lastIndexOf(10) + 1
      // A line that never ends is passed on in pieces rather than held without bound.
      const cut = end === 0 && text.length > 1024 * 1024 ? text.length : end
      this.#partial = Buffer.from(text.subarray(cut))
      if (cut > 0) yield text.toString('utf8', 0, cut)
    }
  }

  /** The last line when it has no end. */
  *unfinished(): Generator<string> {
    if (this.#partial.length > 0) yield this.#partial.toString('utf8')
  }

  /** After a change: re-opens a replaced file, starts over in a truncated one. */
  async refresh(): Promise<void> {
    const now = await stat(this.#path).catch(() => undefined)
    if (!now) return
    const old = await this.#file?.stat()
    if (old?.ino !== now.ino) {
      await this.#file?.close()
      await this.open()
    } else if (now.size < this.#at) this.#at = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }
}

class ChangeSignal implements Disposable {
  #pending = false
  #wake: (() => void) | undefined
  readonly #watcher: ReturnType<typeof watch>
  readonly #signal: AbortSignal | undefined

  constructor(path: string, signal: AbortSignal | undefined) {
    this.#signal = signal
    this.#watcher = watch(dirname(path), (_event, name) => {
      if (name === null || name === basename(path)) this.#notify()
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
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#notify)
    this.#watcher.close()
  }
}
