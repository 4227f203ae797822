import type { Unused } from '#contract/prune.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { followTask } from '../follow-task.ts'
import { formatBytes } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** `cove prune` */
export const prune = defineCommand({
  name: 'prune',
  group: 'Objects:',
  summary: 'show what nothing uses, and remove it when told to',
  details: 'Without --apply nothing is removed. Images with a name and volumes are only taken when named by an option: volumes hold data.',
  options: {
    images: flag('images with a name, too'),
    volumes: flag('volumes, too; what they hold is lost'),
    apply: flag('remove what is shown'),
    json: jsonFlag,
  },
  examples: ['cove prune', 'cove prune --images --apply'],
  async run({ options }, cli) {
    await cli.engine.use({ what: 'what nothing uses', ms: 3600_000 }, async (use) => {
      const { api, signal } = use
      const unused = await api.prune.preview(undefined, { signal })
      const chosen: Unused = { ...unused, unusedImages: options.images ? unused.unusedImages : [], volumes: options.volumes ? unused.volumes : [] }
      if (!options.apply) {
        if (options.json) return cli.json(chosen)
        const rows = rowsOf(chosen)
        if (rows.length === 0) return cli.err.line('Nothing can go.')
        for (const line of formatTable(['KIND', 'SIZE', 'NAME'], rows, cli.out)) cli.out.line(line)
        return
      }
      const ids = (items: readonly { id: string }[]): string[] => items.map(({ id }) => id)
      const ref = await api.prune.apply(
        { containers: ids(chosen.containers), images: ids([...chosen.danglingImages, ...chosen.unusedImages]), volumes: ids(chosen.volumes), networks: ids(chosen.networks), buildCache: chosen.buildCacheBytes > 0 },
        { signal },
      )
      const result = await followTask(cli, use, { ref, isQuiet: options.json === true })
      if (options.json) return cli.json(result)
      cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${formatBytes(Number(result['freedBytes'] ?? 0))} freed`)
    })
  },
})

function rowsOf({ containers, danglingImages, unusedImages, volumes, networks, buildCacheBytes }: Unused): string[][] {
  const rows = (kind: string, items: Unused['containers']): string[][] => items.map(({ name, bytes }) => [kind, bytes === null ? '' : formatBytes(bytes), name])
  return [
    ...rows('container', containers),
    ...rows('image', [...danglingImages, ...unusedImages]),
    ...rows('volume', volumes),
    ...rows('network', networks),
    ...(buildCacheBytes > 0 ? [['build cache', formatBytes(buildCacheBytes), '']] : []),
  ]
}
