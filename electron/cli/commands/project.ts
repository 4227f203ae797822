import { resolve } from 'node:path'
import { askCommand } from '../ask-command.ts'
import { type Command, defineCommand, defineGroup, jsonFlag } from '../declare.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatTable } from '../terminal/table.ts'
import { anyText } from '../values.ts'

const folder = { arity: 'optional', summary: 'a folder with a Compose file (default: this one)', parse: anyText, completion: { kind: 'file' } } as const

const check = defineCommand({
  name: 'check',
  summary: "say what is wrong with a project's files and what bringing it up would change",
  details: 'Ends with 1 when there is an error. While the vm does not run, only the files are looked at.',
  operands: { folder },
  options: { json: jsonFlag },
  async run({ operands, options }, cli) {
    const target = { folder: resolve(cli.io.cwd, operands.folder ?? '.') }
    const found = await cli.engine.use({ what: 'the project to be read', ms: 60_000 }, ({ api, signal }) => api.project.check({ target }, { signal }))
    const code = found.isValid ? 0 : 1
    if (options.json) return (cli.json(found), code)
    for (const { level, file, line, message } of found.problems) cli.err.line(harmlessLine(`${level}: ${file ?? ''}${line === null ? '' : `:${line}`}: ${message}`))
    const rows = found.services.map((service) => [service.name, service.change ?? '', service.image ?? (service.hasBuild ? 'built' : ''), service.dependsOn.map((other) => other.service).join(', ')])
    if (rows.length > 0) for (const line of formatTable(['SERVICE', 'UP WOULD FIND IT', 'IMAGE', 'DEPENDS ON'], rows, cli.out)) cli.out.line(line)
    for (const name of found.orphans) cli.err.line(`${harmlessLine(name)} has containers and is not in the file any more`)
    return code
  },
})

const list = askCommand({
  name: 'list',
  summary: 'list projects with containers and folders that were opened',
  what: 'the projects',
  ask: async (api, _operands, signal) => {
    const [live, folders] = await Promise.all([api.project.list(undefined, { signal }).catch(() => []), api.project.folders(undefined, { signal })])
    return [...live.map(({ name, workingDir, services }) => ({ name, folder: workingDir, services: services.length, problem: null })), ...folders.filter((opened) => !live.some(({ workingDir }) => workingDir === opened.folder)).map((opened) => ({ name: opened.name, folder: opened.folder, services: 0, problem: opened.problem }))]
  },
  headings: ['PROJECT', 'SERVICES', 'FOLDER', ''],
  rows: (found) => found.map(({ name, services, folder: place, problem }) => [name ?? '-', String(services), place, problem ?? '']),
  none: 'There are no projects. Bring one up with docker compose, or remember one with: cove project open FOLDER',
})

/** `cove project` */
export const projectGroup = defineGroup({ name: 'project', group: 'Objects:', summary: 'Compose projects: check and remember them', commands: [list, check, remember('open', 'remember a folder with a Compose file'), remember('forget', 'forget a remembered folder; its files stay')] })

function remember(name: 'open' | 'forget', summary: string): Command {
  return defineCommand({
    name,
    summary,
    operands: { folder },
    options: { json: jsonFlag },
    async run({ operands, options }, cli) {
      const input = { folder: resolve(cli.io.cwd, operands.folder ?? '.') }
      await cli.engine.use({ what: 'the folder', ms: 60_000 }, async ({ api, signal }) => void (await api.project[name](input, { signal })))
      if (options.json) return cli.json(input)
      cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${harmlessLine(input.folder)} is ${name === 'open' ? 'remembered' : 'forgotten'}`)
    },
  })
}
