import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CoveError } from '#contract/errors.ts'
import { defineCommand, jsonFlag } from '../declare.ts'
import { formatBytes } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import { anyText, valueOption } from '../values.ts'

/** `cove diagnose` */
export const diagnose = defineCommand({
  name: 'diagnose',
  group: 'Look inside:',
  summary: 'write a bundle of logs and findings, to attach to a bug report',
  details: 'Passwords, keys and tokens are removed. The bundle stays on this machine: nothing is sent.',
  options: {
    output: valueOption('file', { short: 'o', summary: 'where to write it (default: ./cove-diagnose-TIME.tar.gz)', parse: anyText, completion: { kind: 'file' } }),
    json: jsonFlag,
  },
  async run({ options }, cli) {
    const path = bundlePath(resolve(cli.io.cwd, options.output ?? '.'), new Date())
    const entries = await cli.engine.use({ what: 'the bundle', ms: 2 * 60_000 }, ({ api, signal }) => api.doctor.bundle({ path }, { signal }))
    if (options.json) return cli.json({ path, entries })
    const rows = entries.map((entry) => [formatBytes(entry.bytes).padStart(9), entry.name])
    for (const line of formatTable(['     SIZE', 'FILE'], rows, cli.err)) cli.err.line(line)
    cli.out.line(path)
  },
})

/** The file to write for what the user named: a folder gets a file with the time in its name. */
export function bundlePath(named: string, now: Date): string {
  const isFolder = statSync(named, { throwIfNoEntry: false })?.isDirectory() === true
  const path = isFolder ? join(named, `cove-diagnose-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`) : named
  if (existsSync(path)) throw new CoveError('file.unwritable', { message: `"${path}" exists already`, about: { path }, hint: 'Name another file with --output.' })
  return path
}
