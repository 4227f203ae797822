import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Image } from '#contract/image.ts'
import { Ago } from '../../parts/ago.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ObjectList } from '../../parts/object-list.tsx'
import { useLive } from '../../state/live.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { formatBytes, formatMoment } from '../../ui/format.ts'
import type { Column } from '../../ui/table/table-model.ts'
import { imageName, shortId } from './image-name.ts'
import { usersOf } from './image-users.ts'
import { ImagePage } from './image-page.tsx'

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
  const columns = useMemo(() => imageColumns(t, i18n.language), [t, i18n.language])
  const rows = useMemo(() => {
    const users = usersOf(containers.objects)
    return live.objects.map((image): ImageRow => ({ ...image, users: users.get(image.id) ?? 0 })).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  }, [live.objects, containers.objects])
  return (
    <ObjectList
      screen="images"
      live={live}
      rows={rows}
      columns={columns}
      rowKey={keyOf}
      onOpen={(row) => open('images', keyOf(row))}
      teaching={{ title: t('images.none'), text: t('images.noneText'), command: 'docker pull nginx' }}
    />
  )
}

function imageColumns(t: TFunction, language: string): Column<ImageRow>[] {
  return [
    { id: 'name', header: t('column.name'), text: (image) => imageName(t, image), cell: (image) => <ObjectLink screen="images" id={image.id} text={imageName(t, image)} isInRow />, width: 'minmax(14rem, 3fr)' },
    { id: 'size', header: t('column.size'), text: ({ sizeBytes }) => formatBytes(sizeBytes, language), compare: (a, b) => a.sizeBytes - b.sizeBytes, width: '7rem' },
    { id: 'users', header: t('column.usedBy'), text: ({ users }) => (users === 0 ? '' : t('images.users', { count: users })), compare: (a, b) => a.users - b.users, width: '9rem' },
    { id: 'ago', header: t('column.created'), text: ({ createdAt }) => formatMoment(Date.parse(createdAt), language), cell: ({ createdAt }) => <Ago at={createdAt} />, compare: (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt), width: '9rem' },
    { id: 'id', header: t('column.id'), text: ({ id }) => shortId(id), width: '9rem' },
  ]
}
