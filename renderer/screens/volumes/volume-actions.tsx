import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Volume } from '#contract/volume.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { PromptDialog } from '../../parts/prompt-dialog.tsx'
import { RemoveObjects } from '../../parts/remove-objects.tsx'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { notify } from '../../state/notices.ts'
import { useLive } from '../../state/live.ts'
import { runTask } from '../../state/run-task.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'
import { usersOfVolumes } from './volume-users.ts'

/** Says which containers have volumes and that what they hold is lost; removes them when told to. */
export function RemoveVolumes({ volumes, onClose }: { volumes: readonly Volume[]; onClose: () => void }) {
  const { t } = useTranslation()
  const users = usersOfVolumes(useLive('container').objects)
  const objects = volumes.map(({ name }) => {
    const names = users.get(name)?.join(', ')
    return { id: name, name, note: names === undefined ? t('volume.contentLost') : t('volume.usedBy', { names }), stays: names !== undefined }
  })
  const title = volumes.length === 1 ? t('remove.one', { name: volumes[0]!.name }) : t('volume.removeMany', { count: volumes.length })
  return <RemoveObjects title={title} objects={objects} remove={(api, name) => api.volume.remove({ name })} onClose={onClose} />
}

/** What can be done with several volumes. */
export function VolumesActions({ volumes }: { volumes: readonly Volume[] }) {
  const { t } = useTranslation()
  const [isRemoving, setRemoving] = useState(false)
  return (
    <>
      <IconButton icon="trash" label={t('containers.remove')} onClick={() => setRemoving(true)} />
      {isRemoving && <RemoveVolumes volumes={volumes} onClose={() => setRemoving(false)} />}
    </>
  )
}

/** What can be done with one volume. */
export function VolumeActions({ volume }: { volume: Volume }) {
  const { t, i18n } = useTranslation()
  const { name } = volume
  const [shown, setShown] = useState<'clone' | 'empty'>()
  const close = (): void => setShown(undefined)
  const save = async (): Promise<void> => {
    const path = await desktop.chooseSavePath(`${name}.cove`)
    if (path === null) return
    const result = await attempt((api) => runTask(api, api.volume.export({ name, path })), name)
    if (result) notify(t('volume.exported', { path, size: formatBytes(Number(result['bytes'] ?? 0), i18n.language) }))
  }
  return (
    <>
      <Button icon="download" onClick={() => void save()}>{t('volume.export')}</Button>
      <Button icon="copy" onClick={() => setShown('clone')}>{t('volume.clone')}</Button>
      <Button icon="close" onClick={() => setShown('empty')}>{t('volume.empty')}</Button>
      <VolumesActions volumes={[volume]} />
      {shown === 'clone' && <PromptDialog title={t('volume.cloneTitle', { name })} label={t('volume.newName')} initial={`${name}-copy`} confirm={t('volume.cloneConfirm')} work={(api, to) => runTask(api, api.volume.clone({ name, to }))} onClose={close} />}
      {shown === 'empty' && (
        <ConfirmDialog title={t('volume.emptyTitle', { name })} confirm={t('volume.emptyConfirm')} work={(api) => api.volume.empty({ name })} onClose={close}>
          <p>{t('volume.emptyText')}</p>
          <p className="muted">{t('remove.noWayBack')}</p>
        </ConfirmDialog>
      )}
    </>
  )
}
