import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Labels, liveChange } from './live.ts'

/** One image as the live model keeps it. */
export const Image = z.object({
  id: z.string(),
  /** Empty for an image that lost its name. */
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  createdAt: z.iso.datetime(),
  /** All its layers, those it shares with other images included. */
  sizeBytes: z.number(),
  labels: Labels,
})
export type Image = z.infer<typeof Image>

/** Calls on images. */
export const imageContract = {
  list: oc.output(z.array(Image)),
  watch: oc.output(eventIterator(liveChange(Image))),
}
