import type { EngineEvent, Task } from '#contract/history.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { formatDuration, formatTime } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import { valueOption, wholeNumber } from '../values.ts'

const defaultLimit = 20

/** `cove history` */
export const history = defineCommand({
  name: 'history',
  group: 'Look inside:',
  summary: 'show what happened to the engine, newest first',
  options: {
    tasks: flag('show pieces of work and how they ended'),
    limit: valueOption('n', { short: 'n', summary: `how many (default ${defaultLimit})`, parse: wholeNumber('a number of entries', { min: 1, max: 1000 }) }),
    json: jsonFlag,
  },
  async run({ options }, cli) {
    const limit = { limit: options.limit ?? defaultLimit }
    const rows = await cli.engine.use({ what: 'the history', ms: 10_000 }, async ({ api, signal }) => {
      const found = options.tasks ? await api.history.tasks(limit, { signal }) : await api.history.events(limit, { signal })
      if (options.json) cli.json(found)
      return found.map((entry) => ('name' in entry ? taskRow(entry) : eventRow(entry)))
    })
    if (options.json) return
    if (rows.length === 0) return cli.err.line('Nothing is remembered yet.')
    const headings = options.tasks ? ['STARTED', 'TASK', 'OUTCOME', 'TOOK', 'ERROR'] : ['WHEN', 'EVENT', 'DETAIL']
    for (const line of formatTable(headings, rows, cli.out)) cli.out.line(line)
  },
})

function eventRow({ at, kind, detail }: EngineEvent): string[] {
  const pairs = Object.entries(detail).filter(([, value]) => value !== null)
  return [formatTime(new Date(at)), kind, pairs.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ')]
}

function taskRow({ startedAt, name, outcome, endedAt, error }: Task): string[] {
  const took = endedAt === null ? '' : formatDuration(Date.parse(endedAt) - Date.parse(startedAt))
  return [formatTime(new Date(startedAt)), name, outcome, took, error ?? '']
}
