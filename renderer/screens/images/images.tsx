import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Image, ImageSize } from '#contract/image.ts'
import { Ago } from '../../parts/ago.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ObjectList } from '../../parts/object-list.tsx'
import { PruneDialog } from '../../parts/prune-dialog.tsx'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { useLive } from '../../state/live.ts'
import { notify } from '../../state/notices.ts'
import { open, route } from '../../state/router.ts'
import { runTask } from '../../state/run-task.ts'
import { useStore } from '../../state/store.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { formatBytes, formatMoment } from '../../ui/format.ts'
import type { Column } from '../../ui/table/table-model.ts'
import { imageMoment } from './image-moment.ts'
import { imageName, shortId } from './image-name.ts'
import { usersOf } from './image-users.ts'
import { ImagesActions } from './image-actions.tsx'
import { ImagePage } from './image-page.tsx'
import { TransferDialog } from './pull-dialog.tsx'
import { RemoveImages } from './remove-images.tsx'

const keyOf = ({ id }: Image): string => id

/** An image with how many containers are made of it. */
export interface ImageRow extends Image {
  users: number
}

/** Every image, or the page of one. */
export function Images() {
  const { part } = useStore(route)
  return part === undefined ? <ImageList /> : <ImagePage key={part} id={part} />
}

function ImageList() {
  const { t, i18n } = useTranslation()
  const live = useLive('image')
  const containers = useLive('container')
  // Asked once for each visit: Docker compares the layers of all images.
  const { value: sizes } = useAnswer(`image.sizes ${live.isCurrent}`, async (api, signal) => (live.isCurrent ? api.image.sizes(undefined, { signal }) : []))
  const columns = useMemo(() => imageColumns(t, i18n.language, ownSizes(sizes ?? [])), [t, i18n.language, sizes])
  const rows = useMemo(() => {
    const users = usersOf(containers.objects)
    return live.objects.map((image): ImageRow => ({ ...image, users: users.get(image.id) ?? 0 })).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  }, [live.objects, containers.objects])
  const [shown, setShown] = useState<'pull' | 'prune'>()
  const [removing, setRemoving] = useState<readonly Image[]>([])
  const close = (): void => setShown(undefined)
  const pullButton = <Button look="primary" icon="download" onClick={() => setShown('pull')}>{t('image.pullButton')}</Button>
  return (
    <>
      <ObjectList
        screen="images"
        live={live}
        rows={rows}
        columns={columns}
        rowKey={keyOf}
        onOpen={(row) => open('images', keyOf(row))}
        actions={
          live.isCurrent && (
            <>
              <Button icon="trash" onClick={() => setShown('prune')}>{t('prune.button')}</Button>
              <Button icon="upload" onClick={() => void loadImages(t('image.loaded'))}>{t('image.load')}</Button>
              {pullButton}
            </>
          )
        }
        bulk={(chosen) => <ImagesActions images={chosen} />}
        onDelete={setRemoving}
        teaching={{ title: t('images.none'), text: t('images.noneText'), command: 'docker pull nginx', button: pullButton }}
      />
      {shown === 'pull' && <TransferDialog way="pull" onClose={close} />}
      {shown === 'prune' && <PruneDialog only={['danglingImages', 'unusedImages', 'buildCacheBytes']} onClose={close} />}
      {removing.length > 0 && <RemoveImages images={removing} onClose={() => setRemoving([])} />}
    </>
  )
}

/** Reads images from a tar that the user names. */
async function loadImages(done: string): Promise<void> {
  const [path] = await desktop.chooseFiles()
  if (path === undefined) return
  if (await attempt((api) => runTask(api, api.image.load({ path })))) notify(done)
}

/** Bytes in layers that no other image has, by id; of those of which Docker says it. */
function ownSizes(sizes: readonly ImageSize[]): ReadonlyMap<string, number> {
  return new Map(sizes.flatMap(({ id, bytes, sharedBytes }) => (sharedBytes === null ? [] : [[id, Math.max(0, bytes - sharedBytes)]])))
}

function imageColumns(t: TFunction, language: string, own: ReadonlyMap<string, number>): Column<ImageRow>[] {
  const ownOf = ({ id }: Image): number => own.get(id) ?? -1
  return [
    { id: 'name', header: t('column.name'), text: (image) => imageName(t, image), cell: (image) => <ObjectLink screen="images" id={image.id} text={imageName(t, image)} isInRow />, width: 'minmax(14rem, 3fr)' },
    { id: 'size', header: t('column.size'), text: ({ sizeBytes }) => formatBytes(sizeBytes, language), compare: (a, b) => a.sizeBytes - b.sizeBytes, width: '7rem' },
    { id: 'own', header: t('column.own'), text: (image) => (ownOf(image) < 0 ? '' : formatBytes(ownOf(image), language)), compare: (a, b) => ownOf(a) - ownOf(b), width: '7rem' },
    { id: 'users', header: t('column.usedBy'), text: ({ users }) => (users === 0 ? '' : t('images.users', { count: users })), compare: (a, b) => a.users - b.users, width: '9rem' },
    { id: 'ago', header: t('column.created'), text: (image) => (imageMoment(image) === null ? '' : formatMoment(imageMoment(image)!, language)), cell: (image) => imageMoment(image) !== null && <Ago at={image.createdAt} />, compare: (a, b) => (imageMoment(a) ?? 0) - (imageMoment(b) ?? 0), width: '9rem' },
    { id: 'id', header: t('column.id'), text: ({ id }) => shortId(id), width: '9rem' },
  ]
}
