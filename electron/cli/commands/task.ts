import { askCommand } from '../ask-command.ts'
import { defineCommand, defineGroup, jsonFlag } from '../declare.ts'
import { followTask } from '../follow-task.ts'
import { formatTime } from '../terminal/format.ts'
import { required, wholeNumber } from '../values.ts'

const id = required('the id of a task', { parse: wholeNumber('the id of a task', { min: 1, max: 1e12 }) })

const list = askCommand({
  name: 'list',
  summary: 'list long pieces of work, newest first, and how they ended',
  what: 'the tasks',
  ask: (api, _operands, signal) => api.task.list({ limit: 50 }, { signal }),
  headings: ['ID', 'STARTED', 'TASK', 'OF', 'OUTCOME', ''],
  rows: (tasks) =>
    tasks.map((task) => [String(task.id), formatTime(new Date(task.startedAt)), task.name, task.subject, task.outcome, task.error ?? (task.progress === null ? '' : `${Math.round(task.progress * 100)} %`)]),
  none: 'Nothing was done yet.',
})

const follow = defineCommand({
  name: 'follow',
  summary: 'show what a task tells, to its end',
  details: 'Interrupting cancels the task.',
  operands: { id },
  options: { json: jsonFlag },
  async run({ operands, options }, cli) {
    const result = await cli.engine.use({ what: 'the task to end', ms: 24 * 3600_000 }, (use) => followTask(cli, use, { ref: { task: operands.id }, isQuiet: options.json === true }))
    if (options.json) cli.json(result)
  },
})

const cancel = defineCommand({
  name: 'cancel',
  summary: 'end a task that runs',
  operands: { id },
  options: { json: jsonFlag },
  async run({ operands, options }, cli) {
    const task = await cli.engine.use({ what: 'the task to end', ms: 60_000 }, ({ api, signal }) => api.task.cancel({ task: operands.id }, { signal }))
    if (options.json) return cli.json(task)
    cli.err.line(`${task.name} is ${task.outcome}`)
  },
})

/** `cove task` */
export const taskGroup = defineGroup({ name: 'task', group: 'Look inside:', summary: 'see and end long pieces of work', commands: [list, follow, cancel] })
