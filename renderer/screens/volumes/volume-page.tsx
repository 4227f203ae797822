import { useTranslation } from 'react-i18next'
import type { Volume } from '#contract/volume.ts'
import { Ago } from '../../parts/ago.tsx'
import { ContainerLinks } from '../../parts/container-links.tsx'
import { Facts } from '../../parts/facts.tsx'
import { LabelsTable } from '../../parts/labels-table.tsx'
import { ObjectPage } from '../../parts/object-page.tsx'
import { useLive } from '../../state/live.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { formatBytes } from '../../ui/format.ts'
import { VolumeActions } from './volume-actions.tsx'
import { VolumeFiles } from './volume-files.tsx'

/** One volume: what it is and who uses it. */
export function VolumePage({ name }: { name: string }) {
  const { t } = useTranslation()
  const live = useLive('volume')
  const volume = live.byId.get(name)
  const tabs = volume ? [{ id: 'details', label: t('container.details'), view: <VolumeDetails volume={volume} /> }, { id: 'files', label: t('container.files'), view: <VolumeFiles name={name} /> }] : []
  return <ObjectPage screen="volumes" live={live} isThere={volume !== undefined} title={name} actions={volume && <VolumeActions volume={volume} />} tabs={tabs} />
}

function VolumeDetails({ volume }: { volume: Volume }) {
  const { t, i18n } = useTranslation()
  const users = useLive('container').objects.filter(({ mounts }) => mounts.some((mount) => mount.volume === volume.name))
  const detail = useAnswer(`volume.get ${volume.name} ${users.length}`, (api, signal) => api.volume.get({ name: volume.name }, { signal }))
  const bytes = detail.value?.bytes
  return (
    <div className="stack">
      <Facts
        facts={[
          [t('column.size'), bytes !== null && bytes !== undefined && formatBytes(bytes, i18n.language)],
          [t('column.driver'), volume.driver],
          [t('column.created'), volume.createdAt !== null && <Ago key="created" at={volume.createdAt} />],
        ]}
      />
      <ContainerLinks title={t('column.usedBy')} containers={users} none={t('object.unused')} />
      <LabelsTable title={t('object.labels')} labels={volume.labels} />
    </div>
  )
}
