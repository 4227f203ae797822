import { resolve } from 'node:path'
import type { TransferSource } from '#contract/transfer.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { usageError } from '../usage.ts'
import { anyText, oneOf, valueOption } from '../values.ts'
import { filePath, transferLimitMs } from './export.ts'
import { selectionOf, selectionOptions } from './selection.ts'
import { followTransfer, showLeftOut, showPlan } from './transfer-view.ts'

const policies = {
  fail: 'change nothing and list them',
  skip: 'leave what is here',
  replace: 'take what is imported',
  rename: 'import under another name',
} as const

/** `cove import` */
export const importCommand = defineCommand({
  name: 'import',
  group: 'Move:',
  summary: 'read an archive of cove export, or take things over from another Docker',
  details:
    'An archive is verified whole before anything changes. A volume appears only once all of its contents are there. When an import is cut off, repeat it: it goes on with what is missing.',
  operands: { file: { arity: 'optional', summary: 'the archive', parse: anyText, completion: { kind: 'file' } } },
  options: {
    ...selectionOptions,
    from: valueOption('docker', { summary: 'take over from another Docker on this machine: a socket, or the name of a docker context', parse: anyText }),
    onConflict: valueOption('what', { summary: 'what to do with things that exist and differ: fail (the default), skip, replace, rename', ...oneOf('a way to treat conflicts', policies) }),
    projectsTo: valueOption('folder', { summary: "where a folder is made for each project's files (default: this one)", parse: anyText, completion: { kind: 'file' } }),
    verify: flag('only verify the archive; needs no vm'),
    dryRun: flag('only list what would be imported'),
    json: jsonFlag,
  },
  examples: ['cove import backup.cove', 'cove import backup.cove --verify', 'cove import --from desktop-linux --dry-run', 'cove import --from ~/.colima/default/docker.sock --volumes shop_db'],
  async run({ operands, options }, cli) {
    if (options.verify) return verify(cli, filePath(cli.io.cwd, operands.file), options.json === true)
    const input = { source: sourceOf(cli, operands.file, options.from), selection: selectionOf(options), onConflict: options.onConflict ?? 'fail' }
    if (options.dryRun) {
      const plan = await cli.engine.use({ what: 'the list of what to import', ms: 30 * 60_000 }, ({ api, signal }) => api.import.plan(input, { signal }))
      return options.json ? cli.json(plan) : showPlan(cli, plan)
    }
    const projectsDir = resolve(cli.io.cwd, options.projectsTo ?? '.')
    const outcome = await cli.engine.use({ what: 'the import', ms: transferLimitMs }, async ({ api, signal }) =>
      followTransfer(cli, await api.import.apply({ ...input, projectsDir }, { signal }), { isQuiet: options.json === true }),
    )
    if (options.json) return cli.json(outcome)
    showLeftOut(cli, outcome.leftOut)
    const done = outcome.items.filter(({ action }) => action !== 'present' && action !== 'skip').length
    cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${done} imported, ${outcome.items.length - done} already here or skipped.`)
  },
})

async function verify(cli: CommandContext, path: string, isQuiet: boolean): Promise<void> {
  await cli.engine.use({ what: 'the archive to be verified', ms: transferLimitMs }, async ({ api, signal }) =>
    followTransfer(cli, await api.import.verify({ path }, { signal }), { isQuiet }),
  )
  if (isQuiet) cli.json({ path, isWhole: true })
  else cli.err.line(`${cli.err.style.green(cli.err.style.check)} The archive is whole.`)
}

function sourceOf(cli: CommandContext, file: string | undefined, from: string | undefined): TransferSource {
  if (from === undefined) return { type: 'archive', path: filePath(cli.io.cwd, file) }
  if (file !== undefined) throw usageError('an archive and --from exclude each other', { otherwise: 'Import one after the other.' })
  if (from.includes('://')) return { type: 'host', host: from }
  // A context's name has no slash; docs.docker.com/reference/cli/docker/context/create
  if (/[\\/]/.test(from)) return { type: 'host', host: `unix://${resolve(cli.io.cwd, from)}` }
  return { type: 'context', name: from, dockerConfigDir: cli.dockerConfigDir }
}
