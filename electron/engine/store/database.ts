import { existsSync, renameSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { type Remark, remark } from '#contract/remark.ts'
import type { Logger } from '#base/log.ts'
import { migrations } from './migrations/index.ts'

/** Where the store lies and which native binding opens it. */
export interface DatabaseOptions {
  file: string
  log: Logger
  /** Path of better-sqlite3's .node file when bundled; undefined lets the package find it. */
  nativeBinding?: string
}

/** A migrated, open database and what was wrong with a former one. */
export interface OpenedDatabase {
  database: Database.Database
  warning: Remark | undefined
}

/**
 * Opens the store in WAL mode and applies the migrations it lacks.
 * A file that is not a sound database is kept aside as `store.db.broken-<time>` and a new one begun: history is worth less than starting.
 * For the same reason it is kept in memory alone while the host disk is full: what makes room needs a running engine.
 * @throws CoveError `file.unwritable` when not even a new one can be made.
 */
export function openDatabase(options: DatabaseOptions): OpenedDatabase {
  try {
    return openOnDisk(options)
  } catch (error) {
    if (!isFull(error, options.file)) throw unwritable(options.file, error)
    options.log.warn('the disk is full: history is kept in memory alone', { error })
    const warning = remark('history.not-kept', `The disk of "${options.file}" is full: what happens from now on is not kept in the history. Free some space, then renew the engine: cove stop --engine && cove start`, {})
    return { database: openMigrated({ ...options, file: ':memory:' }), warning }
  }
}

function openOnDisk(options: DatabaseOptions): OpenedDatabase {
  try {
    return { database: openMigrated(options), warning: undefined }
  } catch (error) {
    if (!isUnsound(error)) throw error
    const aside = keepAsideOrFail(options.file)
    options.log.warn('store was broken, a new one begins', { aside, error })
    const warning = remark('history.begun-anew', `The history file was broken (${toCoveError(error).message}); it was kept as "${aside}" and a new one begun.`, { path: aside })
    return { database: openMigrated(options), warning }
  }
}

function openMigrated({ file, nativeBinding }: DatabaseOptions): Database.Database {
  const database = new Database(file, nativeBinding === undefined ? {} : { nativeBinding })
  try {
    // Before anything is written: a store of a newer Cove is left as it is.
    const version = knownVersion(database)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('foreign_keys = ON')
    migrate(database, version)
    checkSound(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function knownVersion(database: Database.Database): number {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > migrations.length) {
    throw new CoveError('file.unwritable', {
      message: `the store was written by a newer Cove (schema ${version}, this one knows ${migrations.length})`,
      about: { path: database.name },
      hint: 'Update Cove, or start with another COVE_HOME.',
    })
  }
  return version
}

function migrate(database: Database.Database, version: number): void {
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.exec(migration.sql)
      database.pragma(`user_version = ${index + 1}`)
    })()
  }
}

/** A database may open, say that it is up to date, and still be damaged or not ours. */
function checkSound(database: Database.Database): void {
  const verdict = database.pragma('quick_check(1)', { simple: true })
  if (verdict !== 'ok') throw new UnsoundError(String(verdict))
  database.prepare('SELECT id, at, kind, detail FROM engine_events LIMIT 0').all()
  database.prepare('SELECT id, name, started_at, ended_at, outcome, error FROM tasks LIMIT 0').all()
}

/** On a full disk SQLite fails in several ways; only the first names it. */
const leastFreeBytes = 256 * 1024

function isFull(error: unknown, file: string): boolean {
  if (!(error instanceof Database.SqliteError)) return false
  if (error.code === 'SQLITE_FULL') return true
  if (!/^SQLITE_(IOERR|CANTOPEN)/.test(error.code)) return false
  try {
    const { bavail, bsize } = statfsSync(dirname(file))
    return bavail * bsize < leastFreeBytes
  } catch {
    return false
  }
}

class UnsoundError extends Error {}

function isUnsound(error: unknown): boolean {
  if (error instanceof UnsoundError) return true
  return error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT|ERROR)/.test(error.code)
}

function keepAside(file: string): string {
  const aside = `${file}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  renameSync(file, aside)
  for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
  return aside
}

function keepAsideOrFail(file: string): string {
  try {
    return keepAside(file)
  } catch (error) {
    throw unwritable(file, error)
  }
}

function unwritable(file: string, error: unknown): CoveError {
  if (error instanceof CoveError) return error
  return new CoveError('file.unwritable', {
    message: `cannot open the store "${file}": ${toCoveError(error).message}`,
    about: { path: file },
    hint: 'Check the free space and the permissions of that folder.',
    cause: error,
  })
}
