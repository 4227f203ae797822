import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Volume } from '#contract/volume.ts'
import { Ago } from '../../parts/ago.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ObjectList } from '../../parts/object-list.tsx'
import { PromptDialog } from '../../parts/prompt-dialog.tsx'
import { PruneDialog } from '../../parts/prune-dialog.tsx'
import { useLive } from '../../state/live.ts'
import { desktop } from '../../state/desktop.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { formatBytes, formatMoment } from '../../ui/format.ts'
import type { Column } from '../../ui/table/table-model.ts'
import { usersOfVolumes } from './volume-users.ts'
import { ImportDialog } from './import-dialog.tsx'
import { VolumePage } from './volume-page.tsx'
import { RemoveVolumes, VolumesActions } from './volume-actions.tsx'

const keyOf = ({ name }: Volume): string => name

/** Every volume, and who uses it, or the page of one. */
export function Volumes() {
  const { part } = useStore(route)
  return part === undefined ? <VolumeList /> : <VolumePage key={part} name={part} />
}

function VolumeList() {
  const { t, i18n } = useTranslation()
  const live = useLive('volume')
  const containers = useLive('container')
  const users = useMemo(() => usersOfVolumes(containers.objects), [containers.objects])
  // Asked once for each visit: Docker counts the files of every volume.
  const { value: sizes } = useAnswer(`volume.sizes ${live.isCurrent}`, async (api, signal) => (live.isCurrent ? api.volume.sizes(undefined, { signal }) : []))
  const columns = useMemo(() => volumeColumns(t, i18n.language, { users, sizes: new Map(sizes?.map(({ name, bytes }) => [name, bytes])) }), [t, i18n.language, users, sizes])
  const rows = useMemo(() => live.objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)), [live.objects])
  const [shown, setShown] = useState<'create' | 'prune'>()
  const [importing, setImporting] = useState<string>()
  const [removing, setRemoving] = useState<readonly Volume[]>([])
  const close = (): void => setShown(undefined)
  const createButton = <Button look="primary" icon="plus" onClick={() => setShown('create')}>{t('volume.createButton')}</Button>
  return (
    <>
      <ObjectList
        screen="volumes"
        live={live}
        rows={rows}
        columns={columns}
        rowKey={keyOf}
        onOpen={(row) => open('volumes', keyOf(row))}
        actions={
          live.isCurrent && (
            <>
              <Button icon="trash" onClick={() => setShown('prune')}>{t('prune.button')}</Button>
              <Button icon="upload" onClick={() => void desktop.chooseFiles().then(([file]) => setImporting(file))}>{t('volume.import')}</Button>
              {createButton}
            </>
          )
        }
        bulk={(chosen) => <VolumesActions volumes={chosen} />}
        onDelete={setRemoving}
        teaching={{ title: t('volumes.none'), text: t('volumes.noneText'), command: 'docker volume create data', button: createButton }}
      />
      {shown === 'create' && <PromptDialog title={t('volume.createTitle')} label={t('column.name')} confirm={t('volume.create')} work={(api, name) => api.volume.create({ name })} onClose={close} />}
      {shown === 'prune' && <PruneDialog only={['volumes']} onClose={close} />}
      {importing !== undefined && <ImportDialog path={importing} onClose={() => setImporting(undefined)} />}
      {removing.length > 0 && <RemoveVolumes volumes={removing} onClose={() => setRemoving([])} />}
    </>
  )
}

/** What is known of volumes besides what Docker lists. */
interface Known {
  users: ReadonlyMap<string, readonly string[]>
  /** Bytes; null where Docker does not say. */
  sizes: ReadonlyMap<string, number | null>
}

function volumeColumns(t: TFunction, language: string, { users, sizes }: Known): Column<Volume>[] {
  const bytesOf = ({ name }: Volume): number => sizes.get(name) ?? -1
  const moment = ({ createdAt }: Volume): number => (createdAt === null ? 0 : Date.parse(createdAt))
  return [
    { id: 'name', header: t('column.name'), text: ({ name }) => name, cell: ({ name }) => <ObjectLink screen="volumes" id={name} text={name} isInRow />, width: 'minmax(14rem, 3fr)' },
    { id: 'size', header: t('column.size'), text: (volume) => (bytesOf(volume) < 0 ? '' : formatBytes(bytesOf(volume), language)), compare: (a, b) => bytesOf(a) - bytesOf(b), width: '7rem' },
    { id: 'users', header: t('column.usedBy'), text: ({ name }) => users.get(name)?.join(', ') ?? '', width: 'minmax(8rem, 2fr)' },
    { id: 'project', header: t('column.project'), text: ({ labels }) => labels['com.docker.compose.project'] ?? '', width: 'minmax(6rem, 1fr)' },
    { id: 'driver', header: t('column.driver'), text: ({ driver }) => driver, width: '7rem' },
    { id: 'ago', header: t('column.created'), text: (volume) => (volume.createdAt === null ? '' : formatMoment(moment(volume), language)), cell: ({ createdAt }) => createdAt !== null && <Ago at={createdAt} />, compare: (a, b) => moment(a) - moment(b), width: '9rem' },
  ]
}
