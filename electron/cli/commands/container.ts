import { askCommand } from '../ask-command.ts'
import { defineGroup } from '../declare.ts'
import { formatBytes, formatTime } from '../terminal/format.ts'
import { anyText, required } from '../values.ts'
import type { FileEntry } from '#contract/file.ts'

const container = required('a container: its name or id', { parse: anyText })
/** A folder inside, the root by default. */
export const innerPath = { arity: 'optional', summary: 'a folder inside it (default /)', parse: anyText } as const

const files = askCommand({
  name: 'files',
  summary: 'list a folder of a container, running or not, with what differs from its image',
  operands: { container, path: innerPath },
  what: 'the folder',
  ask: (api, { container: id, path = '/' }, signal) => api.container.files({ id, path }, { signal }),
  headings: ['MODE', 'OWNER', 'SIZE', 'CHANGED', 'STATUS', 'NAME'],
  rows: ({ entries, deleted }) => [...entries.map(fileRow), ...deleted.map((name) => ['', '', '', '', 'deleted', name])],
  none: 'The folder is empty.',
  examples: ['cove container files web /etc'],
})

const changes = askCommand({
  name: 'changes',
  summary: 'list every path of a container that differs from its image',
  operands: { container },
  what: 'what changed',
  ask: (api, { container: id }, signal) => api.container.changes({ id }, { signal }),
  headings: ['', 'PATH'],
  rows: (found) => found.map(({ path, change }) => [change, path]),
  none: 'Nothing differs from its image.',
})

const loss = askCommand({
  name: 'loss',
  summary: 'say what the removal of a container takes along and what stays',
  operands: { container },
  what: 'what would be lost',
  ask: (api, { container: id }, signal) => api.container.loss({ id }, { signal }),
  headings: ['', 'WHAT'],
  rows: ({ ownBytes, anonymousVolumes, kept }) => [
    ['lost', `${ownBytes === null ? 'what' : formatBytes(ownBytes)} written to its own layer`],
    ...anonymousVolumes.map((name) => ['lost with -v', `volume ${name}`]),
    ...kept.map((name) => ['stays', name]),
  ],
  none: '',
})

const command = askCommand({
  name: 'command',
  summary: 'print the docker run that would make another container like this one',
  details: 'Holds the secrets of its environment.',
  operands: { container },
  what: 'the command',
  ask: async (api, { container: id }, signal) => api.container.command({ spec: await api.container.spec({ id }, { signal }) }, { signal }),
  headings: ['COMMAND'],
  rows: (found) => [[found.command]],
  none: '',
})

/** `cove container` */
export const containerGroup = defineGroup({ name: 'container', group: 'Objects:', summary: 'what docker does not tell of containers', commands: [files, changes, loss, command] })

/** One entry of a folder as a row. */
export function fileRow({ name, kind, bytes, mode, uid, gid, modifiedAt, target, change }: FileEntry): string[] {
  const shown = kind === 'folder' ? `${name}/` : target === null ? name : `${name} -> ${target}`
  return [mode.toString(8).padStart(4, '0'), `${uid}:${gid}`, kind === 'file' ? formatBytes(bytes) : kind, formatTime(new Date(modifiedAt)), change ?? '', shown]
}
