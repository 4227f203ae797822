import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { ObjectPage, type ObjectTab } from '../../parts/object-page.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { useLive } from '../../state/live.ts'
import { ContainerActions } from './container-actions.tsx'
import { ContainerFiles } from './container-files.tsx'
import { ContainerLog } from './container-log.tsx'
import { Details } from './details.tsx'
import { Environment } from './environment.tsx'
import { Inspect } from './inspect/inspect.tsx'
import { RunCopy } from './run/run-copy.tsx'
import { Mounts } from './mounts.tsx'

// The terminal's and the charts' libraries are half of the window's program: loaded when somebody wants to see them.
const Stats = lazy(async () => ({ default: (await import('./stats/stats.tsx')).Stats }))
const Terminal = lazy(async () => ({ default: (await import('./terminal/terminal.tsx')).Terminal }))

/** One container, in all its views. */
export function ContainerPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const live = useLive('container')
  const container = live.byId.get(id)
  const tabs: ObjectTab[] = container
    ? [
        { id: 'logs', label: t('container.logs'), view: <ContainerLog container={container} /> },
        { id: 'terminal', label: t('container.terminal'), view: <Suspense><Terminal container={container} /></Suspense> },
        { id: 'files', label: t('container.files'), view: <ContainerFiles container={container} /> },
        { id: 'stats', label: t('container.stats'), view: <Suspense><Stats container={container} /></Suspense> },
        { id: 'inspect', label: t('container.inspect'), view: <Inspect container={container} /> },
        { id: 'mounts', label: t('container.mounts'), view: <Mounts container={container} /> },
        { id: 'details', label: t('container.details'), view: <Details container={container} /> },
        { id: 'environment', label: t('container.environment'), view: <Environment container={container} /> },
      ]
    : []
  return <ObjectPage screen="containers" live={live} isThere={container !== undefined} title={container?.name ?? id.slice(0, 12)} mark={container && <StateMark {...container} />} summary={container?.image} actions={container && <><RunCopy container={container} /><ContainerActions containers={[container]} /></>} tabs={tabs} />
}
