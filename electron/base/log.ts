import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { redact, redactedJson } from './redact.ts'

/** How much a logger writes. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Writes one line per call, `time level scope: message key=value …`, secrets redacted; never throws. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  /** The same log under another scope. */
  scope(name: string): Logger
}

/** Where a logger's lines go. */
export interface LogSink extends Disposable {
  write(line: string): void
}

/**
 * A log file that never exceeds `capBytes`: at the cap its older half is dropped by rotating through a temporary file.
 * A full disk or vanished folder loses lines, never the process. A line longer than a quarter of the cap is cut.
 */
export function openCappedFile(path: string, capBytes = 20 * 1024 * 1024): LogSink {
  return new CappedFile(path, capBytes)
}

class CappedFile implements LogSink {
  readonly #path: string
  readonly #capBytes: number
  #file: number | undefined
  #size = 0
  #isDisposed = false

  constructor(path: string, capBytes: number) {
    this.#path = path
    this.#capBytes = capBytes
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#open()
  }

  write(line: string): void {
    // The descriptor's number may belong to another file by now.
    if (this.#isDisposed) return
    try {
      const bytes = this.#bounded(Buffer.from(line))
      if (this.#size + bytes.length > this.#capBytes) this.#shrink()
      const file = this.#file ?? this.#open()
      this.#size += writeSync(file, bytes)
    } catch {
      // Losing a log line is better than losing the engine; the disk-full state is reported elsewhere.
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#close()
  }

  #bounded(bytes: Buffer): Buffer {
    const limit = Math.floor(this.#capBytes / 4)
    return bytes.length <= limit ? bytes : Buffer.concat([bytes.subarray(0, limit - 5), Buffer.from(' …\n')])
  }

  #open(): number {
    this.#file = openSync(this.#path, 'a+', 0o600)
    this.#size = fstatSync(this.#file).size
    return this.#file
  }

  #close(): void {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) closeSync(file)
  }

  /** Leaves a usable file behind whatever fails on the way. */
  #shrink(): void {
    const file = this.#file ?? this.#open()
    const kept = Buffer.alloc(Math.min(this.#size, Math.floor(this.#capBytes / 2)))
    const bytesRead = readSync(file, kept, 0, kept.length, this.#size - kept.length)
    const start = kept.subarray(0, bytesRead).indexOf(10) + 1
    const temporary = `${this.#path}.new`
    try {
      const fresh = openSync(temporary, 'w', 0o600)
      try {
        writeSync(fresh, kept, start, bytesRead - start)
      } finally {
        closeSync(fresh)
      }
      // Windows does not replace a file that is open.
      this.#close()
      renameSync(temporary, this.#path)
    } finally {
      rmSync(temporary, { force: true })
    }
    this.#open()
  }
}

/** A logger over a sink; `level` is asked on each call so that it can change at run time. */
export function createLogger(sink: LogSink, level: () => LogLevel = () => 'info', name = 'engine'): Logger {
  const at =
    (own: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      if (rank[own] < rank[level()]) return
      sink.write(`${redact(formatLine({ level: own, scope: name, message, fields }))}\n`)
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    scope: (child) => createLogger(sink, level, child),
  }
}

/** A logger that drops everything, for tests and one-off tools. */
export const silentLogger: Logger = createLogger({ write: () => undefined, [Symbol.dispose]: () => undefined })

interface Line {
  level: LogLevel
  scope: string
  message: string
  fields: Record<string, unknown>
}

function formatLine({ level, scope, message, fields }: Line): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${formatValue(value)}`)
  return `${new Date().toISOString()} ${level.padEnd(5)} ${scope}: ${oneLine(message)}${oneLine(pairs.join(''))}`
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message)
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
  try {
    return redactedJson(value) ?? 'undefined'
  } catch (error) {
    return `(${error instanceof Error ? error.message : String(error)})`
  }
}

/** Without the bytes that would break the line or drive a terminal: C0, DEL, C1, line separators and text direction. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
}
