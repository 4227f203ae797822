import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { isAlive } from '../../parts/container-tone.ts'
import { ObjectList } from '../../parts/object-list.tsx'
import { useLive } from '../../state/live.ts'
import { useRemembered } from '../../state/remembered.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { useUsages } from '../../state/usage.ts'
import { Button } from '../../ui/button.tsx'
import { ContainerActions } from './container-actions.tsx'
import { containerColumns } from './container-columns.tsx'
import { ContainerPage } from './container-page.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
import { RunDialog } from './run/run-dialog.tsx'

const keyOf = ({ id }: Container): string => id

/** Every container, or the page of one. */
export function Containers() {
  const { part } = useStore(route)
  return part === undefined ? <ContainerList /> : <ContainerPage key={part} id={part} />
}

function ContainerList() {
  const { t, i18n } = useTranslation()
  const live = useLive('container')
  const [isOnlyAlive, setOnlyAlive] = useRemembered('containers.alive', false)
  const [isRunning, setRunning] = useState(false)
  const [removing, setRemoving] = useState<readonly Container[]>([])
  useUsages()
  const columns = useMemo(() => containerColumns(t, i18n.language), [t, i18n.language])
  const rows = useMemo(() => sorted(isOnlyAlive ? live.objects.filter(isAlive) : live.objects), [live.objects, isOnlyAlive])
  return (
    <>
      <ObjectList
        screen="containers"
        live={live}
        rows={rows}
        columns={columns}
        rowKey={keyOf}
        onOpen={({ id }) => open('containers', id)}
        actions={live.isCurrent && <Button look="primary" icon="plus" onClick={() => setRunning(true)}>{t('containers.run')}</Button>}
        bulk={(chosen) => <ContainerActions containers={chosen} />}
        onDelete={setRemoving}
        tools={<label className="check"><input type="checkbox" checked={isOnlyAlive} onChange={(event) => setOnlyAlive(event.target.checked)} /> {t('containers.onlyRunning')}</label>}
        teaching={{ title: t('containers.none'), text: t('containers.noneText'), command: 'docker run -d -p 8080:80 nginx', button: <Button look="primary" icon="plus" onClick={() => setRunning(true)}>{t('containers.run')}</Button> }}
      />
      {isRunning && <RunDialog onClose={() => setRunning(false)} />}
      {removing.length > 0 && <RemoveDialog containers={removing} onClose={() => setRemoving([])} />}
    </>
  )
}

/** Those that run first, then the newest. */
function sorted(containers: readonly Container[]): readonly Container[] {
  return containers.toSorted((a, b) => Number(isAlive(b)) - Number(isAlive(a)) || (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
}
