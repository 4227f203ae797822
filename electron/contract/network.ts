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

/** Calls on networks. */
export const networkContract = {
  list: oc.output(z.array(Network)),
  watch: oc.output(eventIterator(liveChange(Network))),
}
