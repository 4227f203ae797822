import { EventEmitter } from 'node:events'
import type { Database } from 'better-sqlite3'
import type { Build } from '#contract/build.ts'
import type { BuildStep } from '#contract/build-step.ts'
import { redactedJson } from '#base/redact.ts'

/** Folders with Compose files that the user opened. */
export interface ProjectFolders {
  add(folder: string): void
  remove(folder: string): void
  /** In the order they were opened. */
  list(): string[]
  onChange(listener: () => void): Disposable
}

/** Builds of the past. */
export interface Builds {
  /** Its id, or undefined when it could not be kept. */
  add(build: Omit<Build, 'id'>, steps: readonly BuildStep[]): number | undefined
  /** Newest first. */
  list(limit: number): Build[]
  get(id: number): { build: Build; steps: BuildStep[] } | undefined
}

type Attempt = (what: string, work: () => void) => void

/** How many builds are remembered. */
const keptBuilds = 200

/** The folders in an open store. */
export function openProjectFolders(database: Database, attempt: Attempt): ProjectFolders {
  const insert = database.prepare<[string, string]>('INSERT OR IGNORE INTO project_folders (folder, opened_at) VALUES (?, ?)')
  const remove = database.prepare<[string]>('DELETE FROM project_folders WHERE folder = ?')
  const select = database.prepare<[], { folder: string }>('SELECT folder FROM project_folders ORDER BY opened_at, folder')
  const changes = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  const change = (work: () => { changes: number }): void => attempt('project folder', () => void (work().changes > 0 && changes.emit('change')))
  return {
    add: (folder) => change(() => insert.run(folder, new Date().toISOString())),
    remove: (folder) => change(() => remove.run(folder)),
    list: () => select.all().map(({ folder }) => folder),
    onChange: (listener) => {
      changes.on('change', listener)
      return { [Symbol.dispose]: () => void changes.off('change', listener) }
    },
  }
}

/** The builds in an open store; secrets in arguments and output are redacted. */
export function openBuilds(database: Database, attempt: Attempt): Builds {
  const insert = database.prepare<[string, string, string]>('INSERT INTO builds (started_at, build, steps) VALUES (?, ?, ?)')
  const trim = database.prepare<[number]>('DELETE FROM builds WHERE id <= ?')
  const select = database.prepare<[number], { id: number; build: string }>('SELECT id, build FROM builds ORDER BY id DESC LIMIT ?')
  const one = database.prepare<[number], { id: number; build: string; steps: string }>('SELECT id, build, steps FROM builds WHERE id = ?')
  const parse = ({ id, build }: { id: number; build: string }): Build => ({ id, ...(JSON.parse(build) as Omit<Build, 'id'>) })
  return {
    add: (build, steps) => {
      let id: number | undefined
      attempt('build', () => {
        id = Number(insert.run(build.startedAt, redactedJson(build), redactedJson(steps)).lastInsertRowid)
        trim.run(id - keptBuilds)
      })
      return id
    },
    list: (limit) => select.all(limit).map(parse),
    get: (id) => {
      const row = one.get(id)
      return row && { build: parse(row), steps: JSON.parse(row.steps) as BuildStep[] }
    },
  }
}
