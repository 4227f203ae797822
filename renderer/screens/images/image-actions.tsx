import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Image } from '#contract/image.ts'
import { PromptDialog } from '../../parts/prompt-dialog.tsx'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { notify } from '../../state/notices.ts'
import { runTask } from '../../state/run-task.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { shortId } from './image-name.ts'
import { TransferDialog } from './pull-dialog.tsx'
import { RemoveImages } from './remove-images.tsx'

/** Writes images to a tar that the user names. */
async function saveImages(images: readonly Image[], done: string): Promise<void> {
  const names = images.flatMap(({ id, tags }) => (tags.length > 0 ? tags : [id]))
  const path = await desktop.chooseSavePath(`${(names[0] ?? 'images').replaceAll(/[^\w.-]/g, '_')}.tar`)
  if (path === null) return
  if (await attempt((api) => runTask(api, api.image.save({ images: names, path })))) notify(done)
}

/** What can be done with several images. */
export function ImagesActions({ images }: { images: readonly Image[] }) {
  const { t } = useTranslation()
  const [isRemoving, setRemoving] = useState(false)
  return (
    <>
      <IconButton icon="download" label={t('image.save')} onClick={() => void saveImages(images, t('image.saved'))} />
      <IconButton icon="trash" label={t('containers.remove')} onClick={() => setRemoving(true)} />
      {isRemoving && <RemoveImages images={images} onClose={() => setRemoving(false)} />}
    </>
  )
}

/** What can be done with one image. */
export function ImageActions({ image }: { image: Image }) {
  const { t } = useTranslation()
  const [shown, setShown] = useState<'tag' | 'push'>()
  const close = (): void => setShown(undefined)
  return (
    <>
      <Button icon="edit" onClick={() => setShown('tag')}>{t('image.tag')}</Button>
      {image.tags.length > 0 && <Button icon="upload" onClick={() => setShown('push')}>{t('image.push')}</Button>}
      <ImagesActions images={[image]} />
      {shown === 'tag' && <PromptDialog title={t('image.tagTitle', { name: image.tags[0] ?? shortId(image.id) })} label={t('column.name')} placeholder="registry.lan:5000/mine:1" confirm={t('image.tag')} work={(api, name) => api.image.tag({ id: image.id, name })} onClose={close} />}
      {shown === 'push' && <TransferDialog way="push" initial={image.tags[0] ?? ''} onClose={close} />}
    </>
  )
}
