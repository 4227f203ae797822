import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConflictPolicy, TransferItem } from '#contract/transfer.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import type { EngineApi } from '../../state/connection.ts'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { visible } from '../../ui/ansi.ts'
import { Button } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'

const { dockerConfigDir } = desktop.start
const policies = ['rename', 'skip', 'replace'] as const
/** Projects stay where their files are: compose finds them there. */
const everything = { networks: ['*'], volumes: ['*'], images: ['*'], projects: [], settings: false }

/** Other Dockers on this computer, where there are any, and what they hold to take over. */
export function BringOver() {
  const { t } = useTranslation()
  const sources = useAnswer('import.sources', (api, signal) => api.import.sources({ dockerConfigDir }, { signal }))
  const [from, setFrom] = useState<string>()
  if (!sources.value || sources.value.length === 0) return null
  return (
    <li className="card">
      <h3>{t('bringOver.title')}</h3>
      <p className="muted">{t('bringOver.text')}</p>
      <div className="buttons">
        {sources.value.map(({ name }) => <Button key={name} icon="download" onClick={() => setFrom(name)}>{t('bringOver.from', { name })}</Button>)}
      </div>
      {from !== undefined && <BringOverDialog name={from} onClose={() => setFrom(undefined)} />}
    </li>
  )
}

function BringOverDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const [onConflict, setOnConflict] = useState<ConflictPolicy>('fail')
  const [leaving] = useState(() => new AbortController())
  const [present, setPresent] = useState<string>()
  const input = { source: { type: 'context' as const, name, dockerConfigDir }, selection: everything, onConflict }
  const plan = useAnswer(`bring over ${name} ${onConflict}`, (api, signal) => api.import.plan(input, { signal }))
  const items = plan.isLoading ? undefined : plan.value?.items
  const hasConflict = items?.some(({ action }) => action === 'conflict') ?? false
  const bring = async (api: EngineApi): Promise<void> => {
    let count = 0
    for await (const event of await api.import.apply({ ...input, projectsDir: dockerConfigDir }, { signal: leaving.signal })) {
      if (event.type === 'item') count++
      if (event.type === 'progress') setPresent(`${visible(event.current ?? '')} ${formatBytes(event.bytes, i18n.language)}`)
    }
    notify(t('bringOver.done', { count }))
  }
  const close = (): void => (leaving.abort(), onClose())
  return (
    <ConfirmDialog title={t('bringOver.dialog', { name })} confirm={t('bringOver.confirm')} isDanger={onConflict === 'replace'} isReady={items !== undefined && items.length > 0 && !hasConflict} work={bring} onClose={close}>
      {!items && !plan.problem && <p className="muted">{t('common.loading')}</p>}
      <ProblemBox problem={plan.problem} />
      {items?.length === 0 && <p>{t('bringOver.none')}</p>}
      {items && items.length > 0 && (
        <ul className="reset-items" tabIndex={0} aria-label={t('bringOver.list')}>
          {items.map((item) => <Item key={`${item.kind} ${item.name}`} item={item} size={item.bytes === null ? '' : formatBytes(item.bytes, i18n.language)} />)}
        </ul>
      )}
      {(hasConflict || onConflict !== 'fail') && (
        <fieldset className="choices">
          <legend>{t('bringOver.onConflict')}</legend>
          {policies.map((policy) => (
            <label key={policy} className="check"><input type="radio" name="conflict" checked={onConflict === policy} onChange={() => setOnConflict(policy)} /> {t(`bringOver.conflict.${policy}`)}</label>
          ))}
        </fieldset>
      )}
      <p className="muted" role="status">{present ?? t('bringOver.stays')}</p>
    </ConfirmDialog>
  )
}

function Item({ item: { kind, name, action, as }, size }: { item: TransferItem; size: string }) {
  const { t } = useTranslation()
  return (
    <li>
      <strong>{visible(name)}</strong>
      <span className="muted">{t(`bringOver.kind.${kind}`)} · {t(`bringOver.action.${action}`, { as: visible(as ?? '') })}</span>
      <span className="figure muted">{size}</span>
    </li>
  )
}
