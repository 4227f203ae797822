import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConflictPolicy, TransferItem } from '#contract/transfer.ts'
import type { EngineApi } from '../../state/connection.ts'
import { attempt } from '../../state/failures.ts'
import { notify } from '../../state/notices.ts'
import { runTask } from '../../state/run-task.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { visible } from '../../ui/ansi.ts'
import { formatBytes } from '../../ui/format.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'

const policies = ['rename', 'skip', 'replace'] as const
const onlyVolumes = { networks: [], volumes: ['*'], images: [], projects: [], settings: false }

/** What volumes an archive holds and what would become of each; takes them in when told to, as a task that goes on by itself. */
export function ImportDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const [onConflict, setOnConflict] = useState<ConflictPolicy>('fail')
  const plan = useAnswer(`import ${path} ${onConflict}`, (api, signal) => api.import.plan({ source: { type: 'archive', path }, selection: onlyVolumes, onConflict }, { signal }))
  const items = plan.isLoading ? undefined : plan.value?.items.filter(({ kind }) => kind === 'volume')
  const hasConflict = items?.some(({ action }) => action === 'conflict') ?? false
  const begin = async (api: EngineApi): Promise<void> => {
    const begun = await api.volume.import({ path, onConflict })
    // From here on it is in the bar below: the dialog need not stay.
    void attempt((engine) => runTask(engine, Promise.resolve(begun)), path).then((result) => result && notify(t('volume.imported', { names: visible(String(result['volumes'] ?? '')).replaceAll(',', ', ') })))
  }
  return (
    <ConfirmDialog title={t('volume.importTitle')} confirm={t('volume.importConfirm')} isDanger={onConflict === 'replace'} isReady={items !== undefined && items.length > 0 && !hasConflict} work={begin} onClose={onClose}>
      <p className="muted object-summary">{path}</p>
      {!items && !plan.problem && <p className="muted">{t('common.loading')}</p>}
      <ProblemBox problem={plan.problem} />
      {items?.length === 0 && <p>{t('volume.importNone')}</p>}
      {items && items.length > 0 && (
        <ul className="reset-items" tabIndex={0} aria-label={t('volume.inArchive')}>
          {items.map((item) => <Item key={item.name} item={item} size={item.bytes === null ? '' : formatBytes(item.bytes, i18n.language)} />)}
        </ul>
      )}
      {(hasConflict || onConflict !== 'fail') && (
        <fieldset className="choices">
          <legend>{t('volume.onConflict')}</legend>
          {policies.map((policy) => (
            <label key={policy} className="check"><input type="radio" name="conflict" checked={onConflict === policy} onChange={() => setOnConflict(policy)} /> {t(`volume.conflict.${policy}`)}</label>
          ))}
        </fieldset>
      )}
      <p className="muted">{t('volume.importText')}</p>
    </ConfirmDialog>
  )
}

function Item({ item: { name, action, as }, size }: { item: TransferItem; size: string }) {
  const { t } = useTranslation()
  return (
    <li>
      <strong>{visible(name)}</strong>
      <span className="muted">{t(`volume.action.${action}`, { as: visible(as ?? '') })}</span>
      <span className="figure muted">{size}</span>
    </li>
  )
}
