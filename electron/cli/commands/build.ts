import { askCommand } from '../ask-command.ts'
import { defineGroup } from '../declare.ts'
import { formatDuration, formatTime } from '../terminal/format.ts'
import { required, wholeNumber } from '../values.ts'

const list = askCommand({
  name: 'list',
  summary: "list builds of Cove's window, newest first",
  what: 'the builds',
  ask: (api, _operands, signal) => api.build.list({}, { signal }),
  headings: ['ID', 'STARTED', 'OUTCOME', 'TOOK', 'CACHED', 'FOLDER', 'FAILED AT'],
  rows: (builds) =>
    builds.map(({ id, startedAt, outcome, ms, cachedShare, stepCount, folder, failure }) => [
      String(id),
      formatTime(new Date(startedAt)),
      outcome,
      formatDuration(ms),
      `${Math.round(cachedShare * 100)} % of ${stepCount}`,
      folder,
      failure === null ? '' : `${failure.file}:${failure.line}`,
    ]),
  none: 'Nothing was built yet.',
})

const show = askCommand({
  name: 'show',
  summary: 'list the steps of a build',
  operands: { id: required('the id of a build', { parse: wholeNumber('the id of a build', { min: 1, max: 1e12 }) }) },
  what: 'the build',
  ask: (api, { id }, signal) => api.build.get({ id }, { signal }),
  headings: ['STATE', 'TOOK', 'STEP'],
  rows: ({ steps }) => steps.map(({ name, state, isCached, ms, error }) => [isCached ? 'cached' : state, ms === null ? '' : formatDuration(ms), error === null ? name : `${name}: ${error}`]),
  none: 'It had no steps.',
})

/** `cove build` */
export const buildGroup = defineGroup({ name: 'build', group: 'Objects:', summary: 'how builds went', commands: [list, show] })
