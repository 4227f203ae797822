import { z } from 'zod'
import type { Image } from '#contract/image.ts'
import { wireTime } from './wire-time.ts'

/** An image as listed and as inspected: the same but for where its labels are and how its time is written. */
const Wire = z.object({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  Created: z.union([z.number(), z.string()]).nullish(),
  Size: z.number().default(0),
  Labels: z.record(z.string(), z.string()).nullish(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
})

/** Docker's answer to `GET /images/{name}/json`. */
export const ImageDetail = Wire.transform(rowOf)
/** Docker's answer to `GET /images/json`. */
export const ImageList = z.array(ImageDetail)

/** The images that lose a tag or digest because a newer one has it. */
export function withoutStolenNames(images: ReadonlyMap<string, Image>, newcomer: Image): Image[] {
  const taken = new Set([...newcomer.tags, ...newcomer.digests])
  return images
    .values()
    .filter((image) => image.id !== newcomer.id && [...image.tags, ...image.digests].some((name) => taken.has(name)))
    .map((image) => ({ ...image, tags: image.tags.filter((tag) => !taken.has(tag)), digests: image.digests.filter((digest) => !taken.has(digest)) }))
    .toArray()
}

function rowOf(wire: z.infer<typeof Wire>): Image {
  return {
    id: wire.Id,
    tags: named(wire.RepoTags),
    digests: named(wire.RepoDigests),
    createdAt: wireTime(wire.Created ?? 0),
    sizeBytes: wire.Size,
    labels: wire.Labels ?? wire.Config?.Labels ?? {},
  }
}

/** Docker lists an image without a name as "<none>:<none>". */
function named(names: readonly string[] | null | undefined): string[] {
  return (names ?? []).filter((name) => !name.startsWith('<none>'))
}
