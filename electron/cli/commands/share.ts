import { resolve } from 'node:path'
import type { ShareEntry } from '#contract/share.ts'
import { defineCommand, defineGroup, jsonFlag } from '../declare.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatTable } from '../terminal/table.ts'
import { required } from '../values.ts'

const operands = { folder: required('a folder of this computer, or home or temp for yours', { parse: (text: string) => (text === 'home' || text === 'temp' ? text : resolve(text)), completion: { kind: 'file' } }) }

/** Longer than the guest may take to mount. */
const limitMs = 30_000

const list = defineCommand({
  name: 'list',
  summary: 'list the folders that containers can mount',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const shares = await cli.engine.use({ what: 'the shared folders', ms: limitMs }, ({ api, signal }) => api.share.list(undefined, { signal }))
    if (options.json) return cli.json(shares)
    if (shares.length === 0) return cli.err.line('Nothing is shared. Share a folder with: cove share add FOLDER')
    const rows = shares.map((share) => [harmlessLine(share.path), share.state, harmlessLine(meaning(share))])
    for (const line of formatTable(['FOLDER', 'STATE', ''], rows, cli.out)) cli.out.line(line)
  },
})

const add = defineCommand({
  name: 'add',
  summary: 'let containers mount a folder',
  details: 'Holds at once and for every later start; the vm is not restarted. The folder has the same path in the guest.',
  operands,
  options: { json: jsonFlag },
  examples: ['cove share add /data', 'docker run --rm -v /data:/data IMAGE ls /data'],
  async run({ operands: { folder }, options }, cli) {
    const share = await cli.engine.use({ what: 'the folder to be shared', ms: limitMs }, ({ api, signal }) => api.share.add({ path: folder }, { signal }))
    if (options.json) return cli.json(share)
    const { style } = cli.err
    cli.err.line(`${style.green(style.check)} ${harmlessLine(share.path)} is shared${share.reason === null ? '' : ` (${harmlessLine(share.reason)})`}`)
  },
})

const remove = defineCommand({
  name: 'remove',
  summary: 'share a folder no more',
  details: 'Its files stay. Containers that still have it mounted find it disconnected.',
  operands,
  options: { json: jsonFlag },
  async run({ operands: { folder }, options }, cli) {
    const removed = await cli.engine.use({ what: 'the folder to be shared no more', ms: limitMs }, ({ api, signal }) => api.share.remove({ path: folder }, { signal }))
    if (options.json) return cli.json(removed)
    const { style } = cli.err
    cli.err.line(`${style.green(style.check)} ${harmlessLine(removed.path)} is shared no more`)
  },
})

/** `cove share` */
export const share = defineGroup({ name: 'share', group: 'Set up:', summary: 'choose which folders containers can mount', commands: [list, add, remove] })

function meaning({ reason, path, guestPath, entry, state, driver }: ShareEntry): string {
  if (reason !== null) return reason
  if (guestPath !== path) return `${guestPath} in the guest`
  const by = state === 'mounted' && driver === 'virtiofs' ? 'by virtiofs' : ''
  return [entry === path ? '' : entry, by].filter(Boolean).join(', ')
}
