import type { EngineEvent } from '#contract/history.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { formatTime } from '../terminal/format.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatTable } from '../terminal/table.ts'
import { usageError } from '../usage.ts'
import { anyText, valueOption, wholeNumber } from '../values.ts'

const defaultLimit = 20

/** `cove activity` */
export const activity = defineCommand({
  name: 'activity',
  group: 'Look inside:',
  summary: 'show what happened to the engine, containers and images, newest first',
  options: {
    kind: valueOption('kind', { summary: 'only these, such as container, container.exited, image, engine', parse: kindOf }),
    match: valueOption('text', { summary: 'only with this in a name or detail', parse: anyText }),
    limit: valueOption('n', { short: 'n', summary: `how many (default ${defaultLimit})`, parse: wholeNumber('a number of entries', { min: 1, max: 1000 }) }),
    follow: flag('go on with what happens', { short: 'f' }),
    json: jsonFlag,
  },
  examples: ['cove activity --kind container.exited', 'cove activity --match web -f'],
  async run({ options }, cli) {
    const filter = { kinds: options.kind === undefined ? [] : [options.kind], text: options.match ?? '' }
    await cli.engine.use({ what: 'what happens', ms: options.follow ? 7 * 24 * 3600_000 : 30_000 }, async ({ api, signal }) => {
      const found = await api.activity.list({ ...filter, limit: options.limit ?? defaultLimit }, { signal })
      if (options.follow) {
        const print = (event: EngineEvent): void => cli.out.line(options.json ? JSON.stringify(event) : harmlessLine(rowOf(event).join('  ')))
        for (const event of found.toReversed()) print(event)
        for await (const event of await api.activity.watch({ ...filter, after: (await api.history.events({ limit: 1 }, { signal }))[0]?.id ?? 0 }, { signal })) print(event)
        return
      }
      if (options.json) return cli.json(found)
      if (found.length === 0) return cli.err.line('Nothing of that kind is remembered.')
      for (const line of formatTable(['WHEN', 'WHAT', 'DETAIL'], found.map(rowOf), cli.out)) cli.out.line(line)
    })
  },
})

function kindOf(text: string): string {
  if (/^[a-z]+(\.[a-zA-Z-]+)?$/.test(text)) return text
  throw usageError(`"${text}" is not a kind of event`, { otherwise: 'Such as: container, container.exited, image.pulled, engine' })
}

function rowOf({ at, kind, detail }: EngineEvent): string[] {
  const { name, id: _id, ...rest } = detail
  const pairs = Object.entries(rest).filter(([, value]) => value !== null)
  return [formatTime(new Date(at)), kind, [...(typeof name === 'string' ? [name] : []), ...pairs.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)].join(' ')]
}
