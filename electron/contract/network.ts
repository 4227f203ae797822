import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Labels, liveChange } from './live.ts'

/** One network as the live model keeps it; its members are the containers that name it. */
export const Network = z.object({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  scope: z.string(),
  createdAt: z.iso.datetime(),
  /** Without a way to the outside. */
  isInternal: z.boolean(),
  subnets: z.array(z.object({ subnet: z.string(), gateway: z.string().nullable() })),
  options: Labels,
  labels: Labels,
})
export type Network = z.infer<typeof Network>

/** A container on a network. */
export const NetworkMember = z.object({ id: z.string(), name: z.string(), ipv4: z.string(), ipv6: z.string(), mac: z.string() })
export type NetworkMember = z.infer<typeof NetworkMember>

/** One network in detail. */
export const NetworkDetail = Network.extend({
  /** Containers that run on it. */
  members: z.array(NetworkMember),
  /** Docker's own (bridge, host, none), which cannot be removed. */
  isBuiltIn: z.boolean(),
  raw: z.record(z.string(), z.unknown()),
})
export type NetworkDetail = z.infer<typeof NetworkDetail>

const One = z.object({ id: z.string().min(1).max(255) })
const WithContainer = One.extend({ container: z.string().min(1).max(255) })

/** Calls on networks. */
export const networkContract = {
  list: oc.output(z.array(Network)),
  watch: oc.output(eventIterator(liveChange(Network))),
  get: oc.input(One).output(NetworkDetail),
  create: oc
    .input(
      z.object({
        name: z.string().min(1).max(255),
        driver: z.string().default('bridge'),
        isInternal: z.boolean().default(false),
        hasIpv6: z.boolean().default(false),
        /** Such as 10.5.0.0/24; null lets Docker choose. */
        subnet: z.string().max(64).nullable().default(null),
        gateway: z.string().max(64).nullable().default(null),
        labels: Labels.default({}),
      }),
    )
    .output(z.object({ id: z.string() })),
  remove: oc.input(One),
  connect: oc.input(WithContainer.extend({ aliases: z.array(z.string().max(255)).default([]) })),
  disconnect: oc.input(WithContainer.extend({ force: z.boolean().default(false) })),
}
