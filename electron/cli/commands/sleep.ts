import { defineCommand, jsonFlag } from '../declare.ts'
import { follow } from '../lifecycle.ts'
import { formatWarnings } from '../status-view.ts'
import { formatDuration } from '../terminal/format.ts'
import { CoveError } from '#contract/errors.ts'

const sleepLimitMs = 10 * 60_000

/** `cove sleep` */
export const sleep = defineCommand({
  name: 'sleep',
  group: 'Run:',
  summary: 'save the vm and free its memory until it is needed',
  details:
    'Containers stand still and go on where they were. Any docker command wakes the vm, and so does cove start. It falls asleep by itself as the settings sleep.afterMin and sleep.withContainers say.',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const followed = await cli.engine.useRunning({ what: 'Cove to fall asleep', ms: sleepLimitMs }, (use) => follow(cli, use, use.api.engine.sleep))
    if (!followed) throw new CoveError('vm.not-running', { message: 'the vm is off, so there is nothing to put to sleep', hint: 'Start it with: cove start' })
    if (options.json) return cli.json(followed.after)
    const { style } = cli.err
    for (const line of formatWarnings(followed.after, cli.err)) cli.err.line(line)
    if (followed.before.state === 'sleeping') cli.err.line(`${style.green(style.check)} Cove sleeps already.`)
    else cli.err.line(`${style.green(style.check)} Cove sleeps after ${formatDuration(followed.elapsedMs)}; any docker command wakes it.`)
  },
})
