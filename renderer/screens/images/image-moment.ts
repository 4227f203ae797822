import type { Image } from '#contract/image.ts'

/** Builds that shall come out alike each time date what they make 1970 or 1980. */
const firstReal = Date.UTC(1980, 0, 2)

/** When an image was made, in ms; null where it carries no real date. */
export function imageMoment({ createdAt }: Pick<Image, 'createdAt'>): number | null {
  const moment = Date.parse(createdAt)
  return moment < firstReal ? null : moment
}
