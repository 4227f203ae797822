import { implement } from '@orpc/server'
import type { Container } from '#contract/container.ts'
import { type PortEntry, portContract } from '#contract/port.ts'
import type { EngineParts } from '../parts.ts'
import type { PortState } from '../ports/port-book.ts'
import { presentContainers } from '../work/present-containers.ts'

/** Calls on published ports. */
export function portHandlers({ life, ports }: EngineParts) {
  const os = implement(portContract)
  return {
    list: os.list.handler(async ({ signal }) => {
      const states = await ports.list()
      const containers = states.length === 0 ? [] : await presentContainers(life, signal)
      return states.map((state) => entryOf(state, containers))
    }),
  }
}

function entryOf({ want, binding: { protocol, hostAddress, hostPort }, problem, remark }: PortState, containers: readonly Container[]): PortEntry {
  const owner = containers.find(({ ports }) =>
    ports.some((port) => port.protocol === protocol && port.hostPort === hostPort && port.containerPort === want.containerPort && port.hostIp === want.hostAddress),
  )
  const state = problem === undefined ? 'open' : 'refused'
  return { protocol, hostAddress, hostPort, container: owner?.name ?? null, containerPort: want.containerPort, state, problem: problem ?? null, remark: remark ?? null }
}
