import { useTranslation } from 'react-i18next'
import type { Image } from '#contract/image.ts'
import { Ago } from '../../parts/ago.tsx'
import { ContainerLinks } from '../../parts/container-links.tsx'
import { Facts } from '../../parts/facts.tsx'
import { LabelsTable } from '../../parts/labels-table.tsx'
import { ObjectPage } from '../../parts/object-page.tsx'
import { desktop } from '../../state/desktop.ts'
import { useLive } from '../../state/live.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Copyable } from '../../ui/copyable.tsx'
import { formatBytes } from '../../ui/format.ts'
import { ImageActions } from './image-actions.tsx'
import { ImageLayers } from './image-layers.tsx'
import { imageMoment } from './image-moment.ts'
import { imageName, shortId } from './image-name.ts'

/** One image: what it is and what is made of it. */
export function ImagePage({ id }: { id: string }) {
  const { t } = useTranslation()
  const live = useLive('image')
  const image = live.byId.get(id)
  const tabs = image ? [{ id: 'details', label: t('container.details'), view: <ImageDetails image={image} /> }, { id: 'layers', label: t('image.layers'), view: <ImageLayers id={id} /> }] : []
  return <ObjectPage screen="images" live={live} isThere={image !== undefined} title={image ? imageName(t, image) : shortId(id)} actions={image && <ImageActions image={image} />} tabs={tabs} />
}

function ImageDetails({ image }: { image: Image }) {
  const { t, i18n } = useTranslation()
  const sizes = useAnswer('image.sizes', (api, signal) => api.image.sizes(undefined, { signal }))
  const shared = sizes.value?.find(({ id }) => id === image.id)?.sharedBytes ?? null
  const users = useLive('container').objects.filter(({ imageId }) => imageId === image.id)
  return (
    <div className="stack">
      <Facts
        facts={[
          [t('column.size'), formatBytes(image.sizeBytes, i18n.language)],
          [t('image.ownSize'), shared !== null && formatBytes(Math.max(0, image.sizeBytes - shared), i18n.language)],
          [t('image.sharedSize'), shared !== null && formatBytes(shared, i18n.language)],
          [t('column.created'), imageMoment(image) !== null && <Ago key="created" at={image.createdAt} />],
          [t('image.digest'), image.digests.length > 0 && <Copyable key="digest" text={image.digests[0]!} onCopy={desktop.copy} />],
          [t('column.id'), <Copyable key="id" text={image.id} onCopy={desktop.copy} />],
        ]}
      />
      <ContainerLinks title={t('column.usedBy')} containers={users} none={t('object.unused')} />
      <LabelsTable title={t('object.labels')} labels={image.labels} />
    </div>
  )
}
