import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CoveError } from '#contract/errors.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { formatBytes } from '../terminal/format.ts'
import { harmlessLine } from '#base/harmless.ts'
import { usageError } from '../usage.ts'
import { anyText } from '../values.ts'
import { selectionOf, selectionOptions } from './selection.ts'
import { followTransfer, showLeftOut, showPlan } from './transfer-view.ts'

/** The longest a transfer may take; it ends much earlier when nothing moves. */
export const transferLimitMs = 7 * 24 * 3600_000

/** `cove export` */
export const exportCommand = defineCommand({
  name: 'export',
  group: 'Move:',
  summary: 'write images, volumes, networks, projects and settings to one archive',
  details:
    'Without names it takes everything along. Containers stay behind, as compose up and docker run make them anew. A volume that a running container writes to is copied as it is found: stop that container first. The archive can hold secrets; it is readable by you alone.',
  operands: { file: { arity: 'optional', summary: 'where to write it', parse: anyText, completion: { kind: 'file' } } },
  options: {
    ...selectionOptions,
    withEnv: flag("take a project's .env files along, which may hold secrets"),
    dryRun: flag('only list what would be written'),
    force: flag('replace a file that exists'),
    json: jsonFlag,
  },
  examples: ['cove export backup.cove', 'cove export db.cove --volumes shop_db', "cove export work.cove --projects shop --images 'shop/*'", 'cove export --dry-run'],
  async run({ operands, options }, cli) {
    const selection = selectionOf(options)
    const withEnv = options.withEnv === true
    if (options.dryRun) {
      const plan = await cli.engine.use({ what: 'the list of what to export', ms: 30 * 60_000 }, ({ api, signal }) => api.export.plan({ selection, withEnv }, { signal }))
      return options.json ? cli.json(plan) : showPlan(cli, plan)
    }
    const path = filePath(cli.io.cwd, operands.file)
    if (!options.force && existsSync(path)) throw new CoveError('file.unwritable', { message: `"${path}" exists already`, about: { path }, hint: 'Name another file, or replace it with --force.' })
    const input = { selection, withEnv, path, overwrite: options.force === true }
    const outcome = await cli.engine.use({ what: 'the export', ms: transferLimitMs }, async ({ api, signal }) =>
      followTransfer(cli, await api.export.write(input, { signal }), { isQuiet: options.json === true }),
    )
    if (options.json) return cli.json({ path, ...outcome })
    showLeftOut(cli, outcome.leftOut)
    cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${harmlessLine(path)}: ${formatBytes(outcome.bytes)}, sha256 ${outcome.sha256 ?? ''}`)
  },
})

/** @throws CoveError `usage.invalid`. */
export function filePath(cwd: string, file: string | undefined): string {
  if (file === undefined) throw usageError('a file is needed', { otherwise: 'Such as: backup.cove' })
  if (file === '-') throw usageError('an archive is a file, never a pipe', { otherwise: 'It is read twice: verified first, then used. Write it to a file, then send that.' })
  return resolve(cwd, file)
}
