import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Labels, liveChange } from './live.ts'

/** One volume as the live model keeps it; its name is its id. */
export const Volume = z.object({
  name: z.string(),
  driver: z.string(),
  /** Null where the driver does not say. */
  createdAt: z.iso.datetime().nullable(),
  options: Labels,
  labels: Labels,
})
export type Volume = z.infer<typeof Volume>

/** Calls on volumes. */
export const volumeContract = {
  list: oc.output(z.array(Volume)),
  watch: oc.output(eventIterator(liveChange(Volume))),
}
