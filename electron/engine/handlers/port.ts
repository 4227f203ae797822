import { implement } from '@orpc/server'
import { withLimit } from '#base/limit.ts'
import type { Container } from '#contract/container.ts'
import { type PortEntry, portContract } from '#contract/port.ts'
import type { VmLife } from '../life/vm-life.ts'
import type { EngineParts } from '../parts.ts'
import type { PortState } from '../ports/port-book.ts'

/** How long names are waited for; the model of containers is there already but for the engine's first moments. */
const containersMs = 5000

/** Calls on published ports. */
export function portHandlers({ life, ports }: EngineParts) {
  const os = implement(portContract)
  return {
    list: os.list.handler(async ({ signal }) => {
      const states = await ports.list()
      const containers = states.length === 0 ? [] : await containersOf(life, signal)
      return states.map((state) => entryOf(state, containers))
    }),
  }
}

/** Docker's containers, none of them while it does not answer: the ports themselves are known without. */
async function containersOf(life: VmLife, signal: AbortSignal | undefined): Promise<Container[]> {
  const docker = life.maybeSession?.docker
  if (!docker) return []
  const limit = { what: 'Docker to list its containers', ms: containersMs, ...(signal ? { signal } : {}) }
  await withLimit(limit, (own) => docker.live.ready(own)).catch(() => signal?.throwIfAborted())
  return [...docker.live.containers.values()]
}

function entryOf({ want, binding: { protocol, hostAddress, hostPort }, problem, remark }: PortState, containers: readonly Container[]): PortEntry {
  const owner = containers.find(({ ports }) =>
    ports.some((port) => port.protocol === protocol && port.hostPort === hostPort && port.containerPort === want.containerPort && port.hostIp === want.hostAddress),
  )
  const state = problem === undefined ? 'open' : 'refused'
  return { protocol, hostAddress, hostPort, container: owner?.name ?? null, containerPort: want.containerPort, state, problem: problem ?? null, remark: remark ?? null }
}
