import { resolve } from 'node:path'
import { askCommand } from '../ask-command.ts'
import { defineCommand, defineGroup, flag, jsonFlag } from '../declare.ts'
import { followTask } from '../follow-task.ts'
import { formatBytes } from '../terminal/format.ts'
import { harmless, harmlessLine } from '#base/harmless.ts'
import { usageError } from '../usage.ts'
import { anyText, required } from '../values.ts'
import { fileRow, innerPath } from './container.ts'
import { followTransfer } from './transfer-view.ts'

const volume = required('a volume', { parse: anyText })
const nothing = { networks: [], volumes: [], images: [], projects: [], settings: false }
const limitMs = 24 * 3600_000

const uses = askCommand({
  name: 'uses',
  summary: 'say who uses a volume and how large it is',
  operands: { volume },
  what: 'the volume',
  ask: (api, { volume: name }, signal) => api.volume.get({ name }, { signal }),
  headings: ['CONTAINER', 'STATE', 'SIZE OF THE VOLUME'],
  rows: ({ usedBy, bytes }) => (usedBy.length === 0 ? [['nobody', '', bytes === null ? '' : formatBytes(bytes)]] : usedBy.map(({ name, state }) => [name, state, bytes === null ? '' : formatBytes(bytes)])),
  none: '',
})

const files = askCommand({
  name: 'files',
  summary: 'list a folder of a volume',
  operands: { volume, path: innerPath },
  what: 'the folder',
  ask: (api, { volume: name, path = '/' }, signal) => api.volume.files({ name, path }, { signal }),
  headings: ['MODE', 'OWNER', 'SIZE', 'CHANGED', '', 'NAME'],
  rows: ({ entries }) => entries.map(fileRow),
  none: 'The folder is empty.',
})

const cat = defineCommand({
  name: 'cat',
  summary: "print a file of a volume, at most its first 512 KiB",
  operands: { volume, path: required('its path in the volume', { parse: (text: string) => (text.startsWith('/') ? text : `/${text}`) }) },
  options: { json: jsonFlag },
  examples: ['cove volume cat db /postgresql.conf'],
  async run({ operands: { volume: name, path }, options }, cli) {
    const file = await cli.engine.use({ what: 'the file', ms: 60_000 }, ({ api, signal }) => api.volume.read({ name, path }, { signal }))
    if (options.json) return cli.json(file)
    if (file.encoding === 'base64') throw usageError(`"${path}" is not text`, { otherwise: 'Copy it out: docker run --rm -v VOLUME:/v IMAGE cat /v/FILE, or take the whole volume: cove volume export' })
    cli.out.raw(cli.out.isTTY ? harmless(file.content) : file.content)
    if (!file.isComplete) cli.err.line(`These were the first ${formatBytes(Buffer.byteLength(file.content))} of ${formatBytes(file.bytes)}.`)
  },
})

const clone = defineCommand({
  name: 'clone',
  summary: 'copy a volume into a new one',
  operands: { volume, to: required('the name of the new volume', { parse: anyText }) },
  options: { json: jsonFlag },
  async run({ operands: { volume: name, to }, options }, cli) {
    const result = await cli.engine.use({ what: 'the volume to be cloned', ms: limitMs }, async (use) =>
      followTask(cli, use, { ref: await use.api.volume.clone({ name, to }, { signal: use.signal }), isQuiet: options.json === true }),
    )
    if (options.json) return cli.json(result)
    cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${harmlessLine(to)} holds what ${harmlessLine(name)} holds`)
  },
})

const empty = defineCommand({
  name: 'empty',
  summary: 'remove everything that a volume holds',
  operands: { volume },
  options: { yes: flag('really remove it'), json: jsonFlag },
  async run({ operands: { volume: name }, options }, cli) {
    if (!options.yes) throw usageError(`this would remove everything in the volume "${name}"`, { otherwise: 'Add --yes to do it.' })
    await cli.engine.use({ what: 'the volume to be emptied', ms: limitMs }, ({ api, signal }) => api.volume.empty({ name }, { signal }))
    if (options.json) return cli.json({ name })
    cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${harmlessLine(name)} is empty`)
  },
})

const exportVolume = defineCommand({
  name: 'export',
  summary: 'write a volume to a file (cove export with this volume alone)',
  operands: { volume, file: required('where to write it', { parse: anyText, completion: { kind: 'file' } }) },
  options: { json: jsonFlag },
  examples: ['cove volume export db db.cove'],
  async run({ operands: { volume: name, file }, options }, cli) {
    const input = { selection: { ...nothing, volumes: [name] }, path: resolve(cli.io.cwd, file) }
    const outcome = await cli.engine.use({ what: 'the export', ms: limitMs }, async ({ api, signal }) => followTransfer(cli, await api.export.write(input, { signal }), { isQuiet: options.json === true }))
    if (options.json) return cli.json({ path: input.path, ...outcome })
    cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${harmlessLine(input.path)}: ${formatBytes(outcome.bytes)}, sha256 ${outcome.sha256 ?? ''}`)
  },
})

const importVolume = defineCommand({
  name: 'import',
  summary: 'read the volumes of such a file, verified before anything changes',
  operands: { file: required('a file that cove export wrote', { parse: anyText, completion: { kind: 'file' } }) },
  options: { json: jsonFlag },
  async run({ operands: { file }, options }, cli) {
    const source = { type: 'archive', path: resolve(cli.io.cwd, file) } as const
    const input = { source, selection: { ...nothing, volumes: ['*'] }, onConflict: 'fail' as const, projectsDir: cli.io.cwd }
    const outcome = await cli.engine.use({ what: 'the import', ms: limitMs }, async ({ api, signal }) => followTransfer(cli, await api.import.apply(input, { signal }), { isQuiet: options.json === true }))
    if (options.json) cli.json(outcome)
  },
})

/** `cove volume` */
export const volumeGroup = defineGroup({ name: 'volume', group: 'Objects:', summary: 'look into volumes, clone, empty and move them', commands: [uses, files, cat, clone, empty, exportVolume, importVolume] })
