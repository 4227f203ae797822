import type { Database } from 'better-sqlite3'
import type { Usage } from '#contract/usage.ts'

/** What containers used, remembered for an hour. */
export interface Samples {
  /** One round: a sample each of several containers, by id. Never throws. */
  add(round: readonly (Usage & { id: string })[]): void
  /** Those of one container, oldest first. */
  of(container: string): Usage[]
}

const keptMs = 3600_000

/** Samples in an open store. */
export function openSamples(database: Database, attempt: (what: string, work: () => void) => void): Samples {
  const insert = database.prepare<[string, number, string]>('INSERT OR REPLACE INTO samples (container, at, usage) VALUES (?, ?, ?)')
  const trim = database.prepare<[number]>('DELETE FROM samples WHERE at < ?')
  const select = database.prepare<[string, number], { usage: string }>('SELECT usage FROM samples WHERE container = ? AND at >= ? ORDER BY at')
  const addAll = database.transaction((round: readonly (Usage & { id: string })[]) => {
    for (const { id, ...usage } of round) insert.run(id, Date.parse(usage.at), JSON.stringify(usage))
    trim.run(Date.now() - keptMs)
  })
  return {
    add: (round) => attempt('samples', () => addAll(round)),
    of: (container) => select.all(container, Date.now() - keptMs).map(({ usage }) => JSON.parse(usage) as Usage),
  }
}
