import { createInterface } from 'node:readline'
import type { ResetItem, ResetScope } from '#contract/reset.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { formatBytes } from '../terminal/format.ts'
import { harmlessLine } from '#base/harmless.ts'
import { untilReset } from '../until-reset.ts'
import { usageError } from '../usage.ts'

const magicWord = 'delete'

/** `cove reset` */
export const reset = defineCommand({
  name: 'reset',
  group: 'Set up:',
  summary: 'delete the data disk, or everything of Cove',
  details: 'Lists every path first and asks. --data deletes containers, images and volumes; --all also settings, keys, logs and the docker context.',
  options: {
    data: flag('delete containers, images and volumes'),
    all: flag('delete everything that Cove has written'),
    yes: flag('do not ask', { short: 'y' }),
    dryRun: flag('only list what would be deleted'),
    json: jsonFlag,
  },
  examples: ['cove reset --all --dry-run', 'cove reset --data --yes'],
  async run({ options }, cli) {
    const scope = scopeOf(options)
    const canAsk = cli.io.stdin.isTTY === true && cli.err.isTTY && !options.json
    if (!options.yes && !options.dryRun && !canAsk) {
      throw usageError('reset asks before it deletes, and here is no terminal to ask on', {
        otherwise: 'Add --yes to delete without being asked, or --dry-run to see the list.',
      })
    }
    const input = { scope, dockerConfigDir: cli.dockerConfigDir }
    const planned = await cli.engine.use({ what: 'the list of what to delete', ms: 60_000 }, ({ api, signal }) => api.reset.plan(input, { signal }))
    if (options.dryRun) return options.json ? cli.json({ scope, items: planned, deleted: false }) : list(cli, planned)
    if (!options.json) list(cli, planned)
    if (planned.length === 0 && !options.json) return
    if (!options.yes && !(await isConfirmed(cli))) {
      cli.err.line('Nothing was deleted.')
      return 1
    }
    const items = await cli.engine.use({ what: 'the deletion', ms: 5 * 60_000 }, ({ api, signal }) => api.reset.apply(input, { signal }))
    // The engine removes its home as its very last act, after it has answered.
    if (scope === 'all') await untilReset(cli.paths, cli.signal)
    if (options.json) return cli.json({ scope, items, deleted: true })
    const { style } = cli.err
    cli.err.line(`${style.green(style.check)} Deleted ${items.length} ${items.length === 1 ? 'item' : 'items'}, ${formatBytes(sum(items))}.`)
  },
})

function scopeOf({ data, all }: { data?: boolean | undefined; all?: boolean | undefined }): ResetScope {
  if (data && all) throw usageError('--data and --all exclude each other', { otherwise: '--all deletes the data too.' })
  if (!data && !all) throw usageError('reset needs to know what to delete', { otherwise: 'Give --data for containers, images and volumes, or --all for everything.' })
  return all ? 'all' : 'data'
}

function list(cli: CommandContext, items: readonly ResetItem[]): void {
  if (items.length === 0) return cli.err.line('There is nothing to delete.')
  // Never a table: what is deleted is shown whole, however long its path.
  for (const { path, bytes, what } of items) {
    cli.err.line(`${formatBytes(bytes).padStart(9)}  ${harmlessLine(path)}`)
    cli.err.line(`${' '.repeat(11)}${cli.err.style.dim(harmlessLine(what))}`)
  }
  cli.err.line(`${formatBytes(sum(items)).padStart(9)}  in total`)
}

function sum(items: readonly ResetItem[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0)
}

/** Asks for the word itself: a stray Enter or y must not delete anything. */
async function isConfirmed(cli: CommandContext): Promise<boolean> {
  const lines = createInterface({ input: cli.io.stdin, output: cli.io.stderr })
  const { promise, resolve } = Promise.withResolvers<string>()
  lines.question(`Type "${magicWord}" to go on: `, resolve)
  // Ctrl-D and Ctrl-C both mean no.
  lines.once('close', () => resolve(''))
  const answer = await promise
  lines.close()
  return answer.trim() === magicWord
}
