import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DaemonOptions } from '#contract/daemon.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, defineGroup, flag, jsonFlag } from '../declare.ts'
import { harmless, harmlessLine } from '#base/harmless.ts'
import { usageError } from '../usage.ts'
import { anyText, required } from '../values.ts'

/** Docker starts again, and is brought back when it does not. */
const limitMs = 10 * 60_000
const file = required('a file with options as in daemon.json', { parse: anyText, completion: { kind: 'file' } })
const restarts = 'Docker starts again with them, which ends running containers; those with a restart policy come back.'

const show = defineCommand({
  name: 'show',
  summary: "print your options of Docker's",
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const found = await cli.engine.use({ what: "Docker's options", ms: 30_000 }, ({ api, signal }) => api.daemon.get(undefined, { signal }))
    if (options.json) return cli.json(found)
    if (found.text.trim() === '') return cli.err.line('There are none of your own. Set some with: cove daemon set FILE')
    cli.out.raw(`${cli.out.isTTY ? harmless(found.text.trimEnd()) : found.text.trimEnd()}\n`)
  },
})

const check = defineCommand({
  name: 'check',
  summary: 'say what is wrong with such a file; changes nothing',
  operands: { file },
  options: { json: jsonFlag },
  async run({ operands, options }, cli) {
    const text = await read(cli, operands.file)
    const found = await cli.engine.use({ what: 'the options to be checked', ms: 120_000 }, ({ api, signal }) => api.daemon.check({ text }, { signal }))
    if (options.json) cli.json(found)
    else for (const { line, message } of found.problems) cli.out.line(harmlessLine(`${operands.file}:${line ?? 1}: ${message}`))
    if (found.problems.length > 0) throw new CoveError('daemon.refused', { message: `"${operands.file}" would be refused` })
    if (!options.json) cli.err.line(found.isAsked ? 'Docker would take it.' : 'Nothing is wrong so far; Docker itself checks it once it runs.')
  },
})

const set = defineCommand({
  name: 'set',
  summary: 'have Docker run with the options of a file',
  details: `They are checked by Docker first; what it refuses changes nothing. ${restarts}`,
  operands: { file },
  options: { yes: flag('really start Docker again'), json: jsonFlag },
  examples: ['cove daemon set daemon.json --yes'],
  async run({ operands, options }, cli) {
    const text = await read(cli, operands.file)
    if (!options.yes) throw usageError(`this would start Docker again with "${operands.file}", which ends running containers`, { otherwise: 'Add --yes to do it, or look first with: cove daemon check FILE' })
    const changed = await cli.engine.use({ what: 'Docker to start with its options', ms: limitMs }, ({ api, signal }) => api.daemon.set({ text }, { signal }))
    tell(cli, changed, options.json)
  },
})

const undo = defineCommand({
  name: 'undo',
  summary: 'have Docker run with the former options again',
  details: restarts,
  options: { yes: flag('really start Docker again'), json: jsonFlag },
  async run({ options }, cli) {
    if (!options.yes) throw usageError('this would start Docker again, which ends running containers', { otherwise: 'Add --yes to do it.' })
    const changed = await cli.engine.use({ what: 'Docker to start with its former options', ms: limitMs }, ({ api, signal }) => api.daemon.undo(undefined, { signal }))
    tell(cli, changed, options.json)
  },
})

/** `cove daemon` */
export const daemonGroup = defineGroup({ name: 'daemon', group: 'Set up:', summary: "change Docker's own options (daemon.json)", commands: [show, check, set, undo] })

function tell(cli: CommandContext, changed: DaemonOptions, isJson: boolean | undefined): void {
  if (isJson) return cli.json(changed)
  const { style } = cli.err
  cli.err.line(`${style.green(style.check)} Docker runs with ${changed.text.trim() === '' ? 'no options of your own' : 'these options'}; back with: cove daemon undo`)
}

async function read(cli: CommandContext, path: string): Promise<string> {
  return readFile(resolve(cli.io.cwd, path), 'utf8').catch((error: unknown) => {
    throw new CoveError('file.unreadable', { message: `"${path}" cannot be read: ${toCoveError(error).message}`, about: { path } })
  })
}
