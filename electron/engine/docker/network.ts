import { z } from 'zod'
import type { Network } from '#contract/network.ts'
import { wireTime } from './wire-time.ts'

const Subnet = z
  .object({ Subnet: z.string().default(''), Gateway: z.string().nullish() })
  .transform(({ Subnet: subnet, Gateway: gateway }) => ({ subnet, gateway: gateway || null }))

const Wire = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string().default(''),
  Scope: z.string().default(''),
  Created: z.string().default(''),
  Internal: z.boolean().default(false),
  IPAM: z.object({ Config: z.array(Subnet).nullish() }).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
})

/** Docker's answer to `GET /networks/{id}`. */
export const NetworkDetail = Wire.transform(
  (wire): Network => ({
    id: wire.Id,
    name: wire.Name,
    driver: wire.Driver,
    scope: wire.Scope,
    createdAt: wireTime(wire.Created),
    isInternal: wire.Internal,
    subnets: wire.IPAM?.Config ?? [],
    options: wire.Options ?? {},
    labels: wire.Labels ?? {},
  }),
)
/** Docker's answer to `GET /networks`. */
export const NetworkList = z.array(NetworkDetail)
