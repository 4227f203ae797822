import { utimesSync } from 'node:fs'
import Database from 'better-sqlite3'
import { CoveError } from '#contract/errors.ts'

/**
 * Takes the lock that makes the engine single per COVE_HOME, or undefined when another process holds it.
 * It is an open exclusive transaction on a file of its own: SQLite's locks are the system's, so they end with the
 * process on every system and cannot go stale. https://sqlite.org/lockingv3.html
 * @throws CoveError `engine.home-unusable` when the file cannot be written.
 */
export function takeInstanceLock(file: string, nativeBinding?: string): Disposable | undefined {
  try {
    const database = new Database(file, { timeout: 0, ...(nativeBinding === undefined ? {} : { nativeBinding }) })
    try {
      database.exec('BEGIN EXCLUSIVE')
      return { [Symbol.dispose]: () => release(database, file) }
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw new CoveError('engine.home-unusable', {
      message: `cannot lock "${file}": ${error instanceof Error ? error.message : String(error)}`,
      about: { path: file },
      hint: 'Check that COVE_HOME is a folder that you can write to and that its disk is not full.',
      cause: error,
    })
  }
}

function release(database: Database.Database, file: string): void {
  database.close()
  touchLock(file)
}

/** Wakes whoever watches the folder: the holder listens now, or has ended. */
export function touchLock(file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // The home is gone, and with it everyone who waited.
  }
}
