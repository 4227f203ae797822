import type { DiskUsage } from '#contract/disk.ts'
import { askCommand } from '../ask-command.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, defineGroup, jsonFlag } from '../declare.ts'
import { formatBytes } from '../terminal/format.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatFields } from '../terminal/table.ts'
import { parseSizeGiB, required } from '../values.ts'

const usage = defineCommand({
  name: 'usage',
  summary: 'show how much room the data disk takes',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const found = await cli.engine.use({ what: "the disk's usage", ms: 30_000 }, ({ api, signal }) => api.disk.usage(undefined, { signal }))
    if (options.json) cli.json(found)
    else showUsage(cli, found)
  },
})

const contents = askCommand({
  name: 'contents',
  summary: "show what Docker's objects take of it",
  details: 'What of it nothing uses, and a way to remove that: cove prune',
  what: "what takes the disk's room",
  ask: (api, _operands, signal) => api.disk.contents(undefined, { signal }),
  headings: ['WHAT', 'NUMBER', 'SIZE'],
  rows: (found) => ([['images', found.images], ['containers', found.containers], ['volumes', found.volumes], ['build cache', found.buildCache]] as const).map(([name, { count, bytes }]) => [name, String(count), formatBytes(bytes)]),
  none: '',
})

const reclaim = defineCommand({
  name: 'reclaim',
  summary: 'give room that the guest no longer uses back to the host',
  details: 'The vm must run or sleep. Removes nothing: use docker system prune to remove images and volumes first. What docker removes is given back by itself within seconds.',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const freed = await cli.engine.use({ what: 'the disk to be trimmed', ms: 30 * 60_000 }, ({ api, signal }) => api.disk.reclaim(undefined, { signal }))
    if (options.json) return cli.json(freed)
    const gained = Math.max(0, freed.beforeBytes - freed.afterBytes)
    const { style } = cli.err
    cli.err.line(`${style.green(style.check)} ${formatBytes(gained)} given back: ${formatBytes(freed.beforeBytes)} before, ${formatBytes(freed.afterBytes)} now`)
  },
})

const resize = defineCommand({
  name: 'resize',
  summary: 'let the data disk grow to a larger size',
  details: 'Takes no room until it is used. A disk cannot shrink.',
  operands: { size: required('new size, in GiB or with a unit: 80, 80G, 1T', { parse: parseSizeGiB }) },
  options: { json: jsonFlag },
  examples: ['cove disk resize 128G'],
  async run({ operands, options }, cli) {
    const found = await cli.engine.use({ what: 'the disk to grow', ms: 5 * 60_000 }, ({ api, signal }) => api.disk.resize({ sizeGiB: operands.size }, { signal }))
    if (options.json) cli.json(found)
    else showUsage(cli, found)
  },
})

/** `cove disk` */
export const disk = defineGroup({ name: 'disk', group: 'Set up:', summary: 'see, trim and grow the data disk', commands: [usage, contents, reclaim, resize] })

function showUsage(cli: CommandContext, usage: DiskUsage): void {
  if (usage.capacityBytes === 0) cli.err.line('There is no data disk yet: the first start makes it.')
  const fields: [string, string][] = [
    ['Disk', harmlessLine(usage.path)],
    ['Takes', `${formatBytes(usage.allocatedBytes)} of the host`],
    ['Used inside', usage.guestUsedBytes === null ? 'unknown while the vm does not run' : formatBytes(usage.guestUsedBytes)],
    ['May grow to', formatBytes(usage.capacityBytes)],
    ['Free on host', formatBytes(usage.hostFreeBytes)],
  ]
  for (const line of formatFields(fields, cli.out)) cli.out.line(line)
}
