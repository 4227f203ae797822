import type { PortEntry } from '#contract/port.ts'
import { defineCommand, defineGroup, jsonFlag } from '../declare.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatTable } from '../terminal/table.ts'

const list = defineCommand({
  name: 'list',
  summary: 'show every published port and whether it is open on this computer',
  details: 'Tries those anew that another program was in the way of. Where ports listen that were published without an address: cove config get port.bind',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const ports = await cli.engine.use({ what: 'the published ports', ms: 30_000 }, ({ api, signal }) => api.port.list(undefined, { signal }))
    if (options.json) return cli.json(ports)
    if (ports.length === 0) return cli.err.line('No port is published.')
    for (const line of formatTable(['HERE', 'CONTAINER', 'PORT', ''], ports.map(rowOf), cli.out)) cli.out.line(line)
  },
})

/** `cove port` */
export const port = defineGroup({ name: 'port', group: 'Look inside:', summary: 'see published ports', commands: [list] })

function rowOf({ protocol, hostAddress, hostPort, container, containerPort, problem }: PortEntry): string[] {
  const address = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress
  return [`${address}:${hostPort}/${protocol}`, container === null ? '-' : harmlessLine(container), String(containerPort), problem === null ? 'open' : harmlessLine(problem)]
}
