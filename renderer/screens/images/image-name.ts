import type { TFunction } from 'i18next'
import type { Image } from '#contract/image.ts'

/** What an image is called: its tags, or that it lost them. */
export function imageName(t: TFunction, { tags }: Pick<Image, 'tags'>): string {
  return tags.length === 0 ? t('images.unnamed') : tags.join(', ')
}

/** An image's id as docker shows it. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
