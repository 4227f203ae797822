import { useTranslation } from 'react-i18next'
import { ObjectPage, type ObjectTab } from '../../parts/object-page.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { useLive } from '../../state/live.ts'
import { Details } from './details.tsx'
import { Mounts } from './mounts.tsx'

/** One container, in all its views. */
export function ContainerPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const live = useLive('container')
  const container = live.byId.get(id)
  const tabs: ObjectTab[] = container
    ? [
        { id: 'details', label: t('container.details'), view: <Details container={container} /> },
        { id: 'mounts', label: t('container.mounts'), view: <Mounts container={container} /> },
      ]
    : []
  return <ObjectPage screen="containers" live={live} isThere={container !== undefined} title={container?.name ?? id.slice(0, 12)} mark={container && <StateMark {...container} />} summary={container?.image} tabs={tabs} />
}
