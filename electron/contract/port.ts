import { oc } from '@orpc/contract'
import { z } from 'zod'
import { Remark } from './remark.ts'

/** One port of this computer that leads to a container. */
export const PortEntry = z.object({
  protocol: z.enum(['tcp', 'udp']),
  /** The address and port of this computer. */
  hostAddress: z.string(),
  hostPort: z.int(),
  /** The container's name; null for a server on the host network, or when Docker could not tell. */
  container: z.string().nullable(),
  containerPort: z.int(),
  /** `refused`: published, but this computer does not let us have the port. */
  state: z.enum(['open', 'refused']),
  /** Why it is refused. */
  problem: z.string().nullable(),
  /** The same by its code and values. */
  remark: Remark.nullable().default(null),
})
export type PortEntry = z.infer<typeof PortEntry>

/** Calls on published ports. */
export const portContract = {
  /** Every published port, after trying those anew that were refused; none while the vm is not running. */
  list: oc.output(z.array(PortEntry)),
}
