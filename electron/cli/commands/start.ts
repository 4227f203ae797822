import { CoveError } from '#contract/errors.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import { beginOnly, follow, type Followed } from '../lifecycle.ts'
import { dockerHost } from '#base/docker-host.ts'
import { formatWarnings } from '../status-view.ts'
import { formatDuration } from '../terminal/format.ts'

/** Longer than all limits of the engine's own steps together; only a frozen engine gets here. */
const startLimitMs = 30 * 60_000

/** `cove start` */
export const start = defineCommand({
  name: 'start',
  group: 'Run:',
  summary: 'start the vm and wait until Docker answers',
  details: 'Starts the engine too where none runs. Ctrl-C stops the waiting, not the start.',
  options: {
    wait: flag('wait until Docker answers (the default)', { isNegatable: true, negatedSummary: 'return as soon as the start is under way' }),
    json: jsonFlag,
  },
  examples: ['cove start', 'cove start --no-wait && cove status --watch'],
  async run({ options }, cli) {
    if (options.wait === false) return startOnly(cli, options.json === true)
    const followed = await waitable(cli, () =>
      cli.engine.use({ what: 'Cove to start', ms: startLimitMs }, (use) => follow(cli, use, use.api.engine.start)),
    )
    if (options.json) cli.json(followed.after)
    else announce(cli, followed)
  },
})

/** `cove restart` */
export const restart = defineCommand({
  name: 'restart',
  group: 'Run:',
  summary: 'stop the vm, then start it again',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const followed = await waitable(cli, () =>
      cli.engine.use({ what: 'Cove to restart', ms: startLimitMs }, (use) => follow(cli, use, use.api.engine.restart)),
    )
    if (options.json) cli.json(followed.after)
    else announce(cli, { ...followed, before: { ...followed.before, state: 'off' } })
  },
})

async function startOnly(cli: CommandContext, asJson: boolean): Promise<void> {
  const status = await cli.engine.use({ what: 'the engine to begin the start', ms: 30_000 }, (use) => beginOnly(use, use.api.engine.start))
  if (asJson) cli.json(status)
  else cli.err.line(status.state === 'running' ? 'Cove is running.' : 'Cove is starting. Follow it with: cove status --watch')
}

/** An interrupt ends only the waiting: the engine owns the start. */
async function waitable(cli: CommandContext, work: () => Promise<Followed>): Promise<Followed> {
  try {
    return await work()
  } catch (error) {
    if (!cli.signal.aborted) throw error
    throw new CoveError('operation.cancelled', {
      message: 'no longer waiting; the start goes on in the background',
      hint: 'Follow it with: cove status --watch. Undo it with: cove stop',
    })
  }
}

function announce(cli: CommandContext, { before, after, elapsedMs }: Followed): void {
  const { style } = cli.err
  if (before.state === 'running') cli.err.line(`${style.green(style.check)} Cove is already running.`)
  else cli.err.line(`${style.green(style.check)} ${style.bold('Docker is ready')} after ${formatDuration(elapsedMs)}.`)
  for (const line of formatWarnings(after, cli.err)) cli.err.line(line)
  const host = dockerHost(after.dockerSocket)
  if (cli.io.env['DOCKER_HOST'] === host) return
  cli.err.line(`  ${style.dim('It listens on')} ${host}`)
  cli.err.line(`  ${style.dim('Use it in this shell:')} eval "$(cove env)"  ${style.dim('or everywhere:')} cove context use`)
}
