import type { CommandContext } from '../context.ts'
import { defineCommand, flag, jsonFlag } from '../declare.ts'
import type { EngineUse } from '../engine-access.ts'
import { follow } from '../lifecycle.ts'
import { offStatus } from '../status-view.ts'
import { formatDuration } from '../terminal/format.ts'

const stopLimitMs = 3 * 60_000

/** `cove stop` */
export const stop = defineCommand({
  name: 'stop',
  group: 'Run:',
  summary: 'stop the vm cleanly, or cancel a start',
  details: 'Containers are stopped; images, volumes and containers are kept.',
  options: { engine: flag('end the engine process too'), json: jsonFlag },
  async run({ options }, cli) {
    const stopped = await cli.engine.useRunning({ what: 'Cove to stop', ms: stopLimitMs }, async (use) => {
      const followed = await follow(cli, use, use.api.engine.stop)
      if (options.engine) await endEngine(use)
      return followed
    })
    if (options.json) return cli.json(!stopped || options.engine ? offStatus(cli.paths) : stopped.after)
    if (!stopped || stopped.before.state === 'off') say(cli, stopped && options.engine ? 'Cove was off; its engine has ended.' : 'Cove is already off.')
    else say(cli, `Cove is off after ${formatDuration(stopped.elapsedMs)}.`)
  },
})

async function endEngine({ api, client, signal }: EngineUse): Promise<void> {
  // The engine may close the connection before its answer is through; gone is what was asked for.
  await Promise.race([api.engine.shutdown({ keepVm: false }, { signal }), client.closed]).catch(() => client.closed)
  await client.closed
}

function say(cli: CommandContext, text: string): void {
  cli.err.line(`${cli.err.style.green(cli.err.style.check)} ${text}`)
}
