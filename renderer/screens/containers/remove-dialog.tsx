import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container, ContainerLoss } from '#contract/container.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { attemptEach } from '../../state/failures.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { formatBytes } from '../../ui/format.ts'

/** What is lost is asked of so many containers; of more, one hears the number. */
const maxAsked = 20

/** Says what goes with some containers and what stays, and removes them when told to. */
export function RemoveDialog({ containers, onClose, onRemoved }: { containers: readonly Container[]; onClose: () => void; onRemoved?: () => void }) {
  const { t } = useTranslation()
  const [hasVolumes, setVolumes] = useState(false)
  const asked = containers.slice(0, maxAsked)
  const losses = useAnswer(`container.loss ${asked.map(({ id }) => id).join(' ')}`, (api, signal) => Promise.all(asked.map(({ id }) => api.container.loss({ id }, { signal }))))
  const anonymous = losses.value?.reduce((sum, { anonymousVolumes }) => sum + anonymousVolumes.length, 0) ?? 0
  const [only] = containers
  const title = containers.length === 1 && only ? t('remove.one', { name: only.name }) : t('remove.many', { count: containers.length })
  const work = async (): Promise<void> => {
    await attemptEach(containers, ({ name }) => name, (api, { id }) => api.container.remove({ id, force: true, volumes: hasVolumes }))
    onRemoved?.()
  }
  return (
    <ConfirmDialog title={title} confirm={t('remove.confirm')} work={work} onClose={onClose}>
      <ul className="reset-items" tabIndex={0} aria-label={t('remove.lost')}>
        {asked.map((container) => <Loss key={container.id} container={container} loss={losses.value?.find(({ id }) => id === container.id)} />)}
        {containers.length > maxAsked && <li>{t('remove.andMore', { count: containers.length - maxAsked })}</li>}
      </ul>
      <ProblemBox problem={losses.problem} />
      {anonymous > 0 && <label className="check"><input type="checkbox" checked={hasVolumes} onChange={(event) => setVolumes(event.target.checked)} /> {t('remove.anonymous', { count: anonymous })}</label>}
      <p className="muted">{t('remove.noWayBack')}</p>
    </ConfirmDialog>
  )
}

function Loss({ container, loss }: { container: Container; loss: ContainerLoss | undefined }) {
  const { t, i18n } = useTranslation()
  const notes = [
    loss?.isRunning === true ? t('remove.isRunning') : undefined,
    loss?.ownBytes ? t('remove.ownBytes', { size: formatBytes(loss.ownBytes, i18n.language) }) : undefined,
    loss && loss.kept.length > 0 ? t('remove.kept', { names: loss.kept.join(', ') }) : undefined,
  ].filter((note) => note !== undefined)
  return (
    <li>
      <strong>{container.name}</strong>
      <span className="muted">{loss ? notes.join(' · ') : ''}</span>
      <span className="figure muted">{container.image}</span>
    </li>
  )
}
