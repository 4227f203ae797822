import { renameSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Logger } from '#base/log.ts'

/** What the guest said of a shared file's owner and mode. */
export interface RememberedOwner {
  uid: number
  gid: number
  mode: number
  rdev: number
  hostMode: number
}

/** Which file: its inode and the moment it was born, so that an inode used again is another file. */
export interface FileKey {
  ino: bigint
  birthtimeNs: bigint
}

/** Owners and modes of shared files, for as long as the files live. */
export interface ShareOwners extends Disposable {
  get(file: FileKey): RememberedOwner | undefined
  set(file: FileKey, owner: RememberedOwner): void
  forget(file: FileKey): void
}

const schema = `
  CREATE TABLE IF NOT EXISTS owners (
    ino INTEGER NOT NULL,
    born INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    gid INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    rdev INTEGER NOT NULL,
    host_mode INTEGER NOT NULL,
    PRIMARY KEY (ino, born)
  ) WITHOUT ROWID, STRICT`

/** Opens the file; one that is broken is kept aside and a new one begun. Writes outlive the process, not a power cut. */
export function openShareOwners({ file, nativeBinding, log }: { file: string; nativeBinding?: string | undefined; log: Logger }): ShareOwners {
  const database = openOrBegin(file, nativeBinding, log)
  const select = database.prepare<[bigint, bigint], RememberedOwner>('SELECT uid, gid, mode, rdev, host_mode AS hostMode FROM owners WHERE ino = ? AND born = ?')
  const insert = database.prepare('INSERT OR REPLACE INTO owners (ino, born, uid, gid, mode, rdev, host_mode) VALUES (?, ?, ?, ?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM owners WHERE ino = ? AND born = ?')
  const key = ({ ino, birthtimeNs }: FileKey): [bigint, bigint] => [BigInt.asIntN(64, ino), birthtimeNs]
  const attempt = (work: () => unknown): void => {
    try {
      work()
    } catch (error) {
      log.warn('an owner of a shared file was not kept', { error })
    }
  }
  return {
    get: (of) => select.get(...key(of)),
    set: (of, { uid, gid, mode, rdev, hostMode }) => attempt(() => insert.run(...key(of), uid, gid, mode, rdev, hostMode)),
    forget: (of) => attempt(() => remove.run(...key(of))),
    [Symbol.dispose]: () => database.close(),
  }
}

function openOrBegin(file: string, nativeBinding: string | undefined, log: Logger): Database.Database {
  try {
    return open(file, nativeBinding)
  } catch (error) {
    const aside = `${file}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
    log.warn('the memory of shared files was broken, a new one begins', { aside, error })
    renameSync(file, aside)
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
    return open(file, nativeBinding)
  }
}

function open(file: string, nativeBinding: string | undefined): Database.Database {
  const database = new Database(file, nativeBinding === undefined ? {} : { nativeBinding })
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
    database.pragma('cache_size = -1024')
    database.exec(schema)
    database.prepare('SELECT ino, born, uid, gid, mode, rdev, host_mode FROM owners LIMIT 1').get()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
