import { EventEmitter } from 'node:events'
import type { EngineEvent, Task } from '#contract/history.ts'
import type { Remark } from '#contract/remark.ts'
import { redact, redactedJson } from '#base/redact.ts'
import type { Database } from 'better-sqlite3'
import { openBuilds, openProjectFolders, type Builds, type ProjectFolders } from './memories.ts'
import { openSamples, type Samples } from './samples.ts'
import { openDatabase, type DatabaseOptions } from './database.ts'

/** A task under way; end it exactly once. */
export interface OpenTask {
  /** Undefined when the store could not take it. */
  readonly id: number | undefined
  end(outcome: 'done' | 'failed' | 'cancelled', error?: string): void
}

/** What Cove remembers across restarts. Writes never throw: losing history must not stop work. */
export interface Store extends Disposable {
  /** Set when a broken file had to be kept aside. */
  readonly warning: Remark | undefined
  addEvent(kind: string, detail: Record<string, unknown>): void
  /** Newest first; with `before`, only those with a smaller id. */
  events(limit: number, before?: number): EngineEvent[]
  /** Every event after an id, in order, then as they are added. */
  watchEvents(after: number, signal?: AbortSignal): AsyncGenerator<EngineEvent>
  startTask(name: string, subject?: string): OpenTask
  /** Newest first. */
  tasks(limit: number): Task[]
  /** What containers used in the last hour. */
  readonly samples: Samples
  readonly projectFolders: ProjectFolders
  readonly builds: Builds
}


/** How many rows of each kind are kept, and after how many more the oldest go. */
const keepRows = 10_000
const trimEvery = 1000

/** Opens the store; tasks that an engine left running are marked lost. */
export function openStore(options: DatabaseOptions): Store {
  const { database, warning } = openDatabase(options)
  const added = new EventEmitter<{ event: [] }>().setMaxListeners(0)
  const attempt = (what: string, work: () => void): void => {
    try {
      work()
    } catch (error) {
      options.log.error(`store: ${what} was not kept`, { error })
    }
  }
  attempt('the end of lost tasks', () => {
    database.prepare(`UPDATE tasks SET outcome = 'lost', ended_at = ? WHERE outcome = 'running'`).run(now())
    trim(database)
  })
  const addEvent = database.prepare('INSERT INTO engine_events (at, kind, detail) VALUES (?, ?, ?)')
  const addTask = database.prepare(`INSERT INTO tasks (name, subject, started_at, outcome) VALUES (?, ?, ?, 'running')`)
  const endTask = database.prepare('UPDATE tasks SET ended_at = ?, outcome = ?, error = ? WHERE id = ?')
  return {
    warning,
    addEvent: (kind, detail) => {
      attempt('event', () => {
        const { lastInsertRowid } = addEvent.run(now(), kind, redactedJson(detail))
        if (Number(lastInsertRowid) % trimEvery === 0) trim(database)
      })
      added.emit('event')
    },
    watchEvents: (after, signal) => watchEvents({ database, added }, after, signal),
    events: (limit, before = Number.MAX_SAFE_INTEGER) => selectEvents(database, limit, before),
    startTask: (name, subject = '') => {
      let id: number | undefined
      attempt('task', () => (id = Number(addTask.run(name, redact(subject), now()).lastInsertRowid)))
      return {
        id,
        end: (outcome, error) =>
          attempt('task', () => {
            if (id !== undefined) endTask.run(now(), outcome, error === undefined ? null : redact(error), id)
          }),
      }
    },
    tasks: (limit) => selectTasks(database, limit),
    samples: openSamples(database, attempt),
    projectFolders: openProjectFolders(database, attempt),
    builds: openBuilds(database, attempt),
    [Symbol.dispose]: () => database.close(),
  }
}

function now(): string {
  return new Date().toISOString()
}

function trim(database: Database): void {
  for (const table of ['engine_events', 'tasks']) {
    database.exec(`DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ${keepRows}`)
  }
}

interface EventSource {
  database: Database
  added: EventEmitter<{ event: [] }>
}

async function* watchEvents({ database, added }: EventSource, after: number, signal?: AbortSignal): AsyncGenerator<EngineEvent> {
  let wake: (() => void) | undefined
  const notify = (): void => wake?.()
  added.on('event', notify)
  signal?.addEventListener('abort', notify, { once: true })
  const select = database.prepare<[number], EventRow>('SELECT * FROM engine_events WHERE id > ? ORDER BY id LIMIT 100')
  try {
    for (let last = after; !signal?.aborted; ) {
      const rows = select.all(last)
      for (const row of rows) {
        yield toEvent(row)
        last = row.id
      }
      if (rows.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    added.off('event', notify)
    signal?.removeEventListener('abort', notify)
  }
}

interface EventRow {
  id: number
  at: string
  kind: string
  detail: string
}

function toEvent(row: EventRow): EngineEvent {
  return { ...row, detail: JSON.parse(row.detail) as Record<string, unknown> }
}

function selectEvents(database: Database, limit: number, before: number): EngineEvent[] {
  const select = database.prepare<[number, number], EventRow>('SELECT * FROM engine_events WHERE id < ? ORDER BY id DESC LIMIT ?')
  return select.all(before, limit).map(toEvent)
}

function selectTasks(database: Database, limit: number): Task[] {
  return database
    .prepare<[number], Task>(
      'SELECT id, name, subject, started_at AS startedAt, ended_at AS endedAt, outcome, error FROM tasks ORDER BY id DESC LIMIT ?',
    )
    .all(limit)
}
