import { implement } from '@orpc/server'
import { z } from 'zod'
import { networkContract, type NetworkDetail as Detail } from '#contract/network.ts'
import { objectPath } from '../docker/docker-api.ts'
import { NetworkDetail } from '../docker/network.ts'
import type { EngineParts } from '../parts.ts'
import { reach } from '../work/reach.ts'
import { list, watch } from './live.ts'

const os = implement(networkContract)
const text = z.string().default('')
const Raw = z.looseObject({ Name: z.string(), Containers: z.record(z.string(), z.object({ Name: text, IPv4Address: text, IPv6Address: text, MacAddress: text })).nullish() })
const builtIn = new Set(['bridge', 'host', 'none'])

/** Calls on networks. */
export function networkHandlers(parts: EngineParts) {
  return {
    list: os.list.handler(({ signal }) => list(parts, 'network', signal)),
    watch: os.watch.handler(({ signal }) => watch(parts, 'network', signal)),
    get: os.get.handler(({ input, signal }) => reach(parts, signal, async ({ api }) => detailOf(await api.get(objectPath('networks', input.id), Raw)))),
    create: os.create.handler(({ input, signal }) =>
      reach(parts, signal, async ({ api }) => {
        const { name, driver, isInternal, hasIpv6, subnet, gateway, labels } = input
        const range = subnet === null ? {} : { IPAM: { Config: [{ Subnet: subnet, ...(gateway === null ? {} : { Gateway: gateway }) }] } }
        const made = await api.ask('/networks/create', z.object({ Id: z.string() }), { json: { Name: name, Driver: driver, Internal: isInternal, EnableIPv6: hasIpv6, Labels: labels, ...range } })
        return { id: made.Id }
      }),
    ),
    remove: os.remove.handler(({ input, signal }) => reach(parts, signal, ({ api }) => api.do('DELETE', objectPath('networks', input.id)))),
    connect: os.connect.handler(({ input, signal }) =>
      reach(parts, signal, ({ api }) => api.do('POST', objectPath('networks', input.id, 'connect'), { json: { Container: input.container, EndpointConfig: { Aliases: input.aliases } } })),
    ),
    disconnect: os.disconnect.handler(({ input, signal }) =>
      reach(parts, signal, ({ api }) => api.do('POST', objectPath('networks', input.id, 'disconnect'), { json: { Container: input.container, Force: input.force } })),
    ),
  }
}

function detailOf(raw: z.infer<typeof Raw>): Detail {
  const members = Object.entries(raw.Containers ?? {}).map(([id, each]) => ({ id, name: each.Name, ipv4: each.IPv4Address, ipv6: each.IPv6Address, mac: each.MacAddress }))
  return { ...NetworkDetail.parse(raw), members: members.toSorted((a, b) => (a.name < b.name ? -1 : 1)), isBuiltIn: builtIn.has(raw.Name), raw }
}
