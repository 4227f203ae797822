import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { redact } from './redact.ts'

/** How much a logger writes. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Writes one line per call, `time level scope: message key=value …`, secrets redacted. */
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
 * A full disk or vanished folder loses lines, never the process.
 */
export function openCappedFile(path: string, capBytes = 20 * 1024 * 1024): LogSink {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let file = openSync(path, 'a+', 0o600)
  let size = fstatSync(file).size
  const shrink = (): void => {
    const keep = Buffer.alloc(Math.floor(capBytes / 2))
    const read = readSync(file, keep, 0, keep.length, Math.max(0, size - keep.length))
    const start = keep.subarray(0, read).indexOf(10) + 1
    const fresh = openSync(`${path}.new`, 'w', 0o600)
    writeSync(fresh, keep, start, read - start)
    closeSync(fresh)
    closeSync(file)
    renameSync(`${path}.new`, path)
    file = openSync(path, 'a+', 0o600)
    size = read - start
  }
  return {
    write(line) {
      try {
        const bytes = Buffer.from(line)
        if (size + bytes.length > capBytes) shrink()
        size += writeSync(file, bytes)
      } catch {
        // Losing a log line is better than losing the engine; the disk-full state is reported elsewhere.
        rmSync(`${path}.new`, { force: true })
      }
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

/** A logger over a sink; `level` is asked on each call so that it can change at run time. */
export function createLogger(sink: LogSink, level: () => LogLevel = () => 'info', name = 'engine'): Logger {
  const at =
    (own: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      if (rank[own] < rank[level()]) return
      sink.write(`${redact(formatLine(own, name, message, fields))}\n`)
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

function formatLine(level: LogLevel, scope: string, message: string, fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${formatValue(value)}`)
  return `${new Date().toISOString()} ${level.padEnd(5)} ${scope}: ${oneLine(message)}${pairs.join('')}`
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message)
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? 'undefined'
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ')
}
