import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { EnvVariable } from './container.ts'
import { Labels, liveChange } from './live.ts'
import { TaskRef } from './task.ts'

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

/** One step of an image's history, the newest first. */
export const ImageLayer = z.object({
  /** The command that made it: hostile text. */
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  bytes: z.number(),
  comment: z.string(),
  tags: z.array(z.string()),
})
export type ImageLayer = z.infer<typeof ImageLayer>

/** A container that uses something. */
export const UsedBy = z.object({ id: z.string(), name: z.string(), state: z.string() })
export type UsedBy = z.infer<typeof UsedBy>

/** One image in detail. */
export const ImageDetail = Image.extend({
  architecture: z.string(),
  os: z.string(),
  command: z.array(z.string()),
  entrypoint: z.array(z.string()),
  workingDir: z.string(),
  user: z.string(),
  env: z.array(EnvVariable),
  /** Such as "80/tcp". */
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  layers: z.array(ImageLayer),
  usedBy: z.array(UsedBy),
  /** Docker's own inspection; in its environment what looks like a secret is `***`. */
  raw: z.record(z.string(), z.unknown()),
})
export type ImageDetail = z.infer<typeof ImageDetail>

/** How much of an image is its own. */
export const ImageSize = z.object({ id: z.string(), bytes: z.number(), /** In layers that other images have too; null where Docker does not say. */ sharedBytes: z.number().nullable() })
export type ImageSize = z.infer<typeof ImageSize>

/** What is lost with an image. */
export const ImageLoss = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  bytes: z.number(),
  /** Containers made from it, which keep Docker from removing it; stopped ones can be overruled by `force`. */
  usedBy: z.array(UsedBy),
})
export type ImageLoss = z.infer<typeof ImageLoss>

/** An image by id, name or digest. */
const One = z.object({ id: z.string().min(1).max(1024) })
const Named = z.object({ image: z.string().min(1).max(1024), dockerConfigDir: z.string().nullable().default(null) })

/** Calls on images. Logins are those of docker's own configuration in `dockerConfigDir`, by default the user's. */
export const imageContract = {
  list: oc.output(z.array(Image)),
  watch: oc.output(eventIterator(liveChange(Image))),
  get: oc.input(One).output(ImageDetail),
  /** Of all images; Docker takes its time. */
  sizes: oc.output(z.array(ImageSize)),
  /** Tells each layer's progress. The result has `image`. */
  pull: oc.input(Named.extend({ platform: z.string().max(64).nullable().default(null) })).output(TaskRef),
  /** To the registry of its name. The result has `image` and `digest`. */
  push: oc.input(Named).output(TaskRef),
  /** Gives it another name; without a tag it is `latest`. */
  tag: oc.input(One.extend({ name: z.string().min(1).max(1024) })),
  loss: oc.input(One).output(ImageLoss),
  /** Takes away the name, or with an id the image; says what went. */
  remove: oc.input(One.extend({ force: z.boolean().default(false) })).output(z.object({ untagged: z.array(z.string()), deleted: z.array(z.string()) })),
  /** Writes images to a tar on the host as `docker save` does (absolute path; never overwrites). The result has `path`, `bytes` and `sha256`. */
  save: oc.input(z.object({ images: z.array(z.string().min(1)).min(1), path: z.string() })).output(TaskRef),
  /** Reads such a tar. The result has `loaded`, the names with commas between. */
  load: oc.input(z.object({ path: z.string() })).output(TaskRef),
}
