import { z } from 'zod'
import type { Volume } from '#contract/volume.ts'
import { wireTime } from './wire-time.ts'

const Wire = z.object({
  Name: z.string(),
  Driver: z.string().default(''),
  CreatedAt: z.string().nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
})

/** Docker's answer to `GET /volumes/{name}`. */
export const VolumeDetail = Wire.transform(
  ({ Name: name, Driver: driver, CreatedAt: created, Options: options, Labels: labels }): Volume => ({
    name,
    driver,
    createdAt: created ? wireTime(created) : null,
    options: options ?? {},
    labels: labels ?? {},
  }),
)
/** Docker's answer to `GET /volumes`. */
export const VolumeList = z.object({ Volumes: z.array(VolumeDetail).nullish() }).transform(({ Volumes: volumes }) => volumes ?? [])
