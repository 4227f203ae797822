import { CoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, flag } from '../declare.ts'
import type { EngineUse } from '../engine-access.ts'
import { formatStatus, offStatus, statusLine } from '../status-view.ts'
import { LiveBlock } from '../terminal/live-block.ts'

/** Node's timers end at 2^31-1 ms; a watch has no other end than the user's. */
const foreverMs = 2_147_483_647
const redrawMs = 1000

/** `cove status` */
export const status = defineCommand({
  name: 'status',
  group: 'Run:',
  summary: 'show whether Cove runs and what it is doing',
  details: 'Never starts anything: without an engine the state is "off". With --json, "state", "step", "reason", "dockerSocket", "vm.pid" and "engine.pid" are for scripts.',
  options: {
    watch: flag('go on with every change until interrupted', { short: 'w' }),
    json: flag('print JSON; with --watch one document per line'),
  },
  examples: ['cove status --json | jq -r .state'],
  async run({ options }, cli) {
    const show = options.json ? (now: Status) => cli.json(now) : (now: Status) => formatStatus(now, cli.out).forEach((line) => cli.out.line(line))
    if (!options.watch) {
      const now = await cli.engine.useRunning({ what: 'the status', ms: 5000 }, ({ api, signal }) => api.engine.status(undefined, { signal }))
      return show(now ?? offStatus(cli.paths))
    }
    await cli.engine.useRunning({ what: 'the watch', ms: foreverMs }, (use) => watch(cli, use, options.json === true))
    const off = offStatus(cli.paths)
    if (options.json) cli.out.line(JSON.stringify(off))
    else show(off)
    cli.err.line('No engine runs, so there is nothing to watch.')
  },
})

/** Shows every change. @throws CoveError `engine.unreachable` when the engine ends, however politely. */
async function watch(cli: CommandContext, { api, signal }: EngineUse, asJson: boolean): Promise<never> {
  const changes = await api.engine.watch(undefined, { signal })
  if (!asJson && cli.out.canRedraw) await redraw(cli, changes)
  else {
    let last = ''
    for await (const now of changes) {
      const line = asJson ? JSON.stringify(now) : statusLine(now)
      if (line !== last) cli.out.line(line)
      last = line
    }
  }
  signal.throwIfAborted()
  throw new CoveError('engine.unreachable', { message: 'the engine has ended', hint: 'Start it again with: cove start' })
}

/** Draws each status over the last one, and once a second for the time in it. */
async function redraw(cli: CommandContext, changes: AsyncIterable<Status>): Promise<void> {
  const block = new LiveBlock(cli.out)
  let latest: Status | undefined
  const draw = (): void => {
    if (latest) block.draw(formatStatus(latest, cli.out))
  }
  const timer = setInterval(draw, redrawMs)
  try {
    for await (const now of changes) {
      latest = now
      draw()
    }
  } finally {
    clearInterval(timer)
  }
}
