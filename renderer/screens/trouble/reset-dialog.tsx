import { useTranslation } from 'react-i18next'
import type { ResetScope } from '#contract/reset.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatBytes } from '../../ui/format.ts'

const { dockerConfigDir } = desktop.start

/** Everything a reset would delete, with its size; deletes it when told to. After `all` the app ends: nothing of it is left. */
export function ResetDialog({ scope, onClose }: { scope: ResetScope; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const plan = useAnswer(`reset.plan ${scope}`, (api, signal) => api.reset.plan({ scope, dockerConfigDir }, { signal }))
  const apply = useAction((api) => api.reset.apply({ scope, dockerConfigDir }))
  const items = plan.value ?? []
  const total = items.reduce((sum, { bytes }) => sum + bytes, 0)
  const run = async (): Promise<void> => {
    if (!(await apply.run())) return
    if (scope === 'all') return desktop.quit()
    notify(t('reset.done'))
    onClose()
  }
  return (
    <Dialog title={t(`reset.${scope}.title`)} onClose={onClose}>
      <p>{t('reset.deletes', { size: formatBytes(total, i18n.language) })}</p>
      {items.length === 0 && !plan.isLoading && <p className="muted">{t('reset.nothing')}</p>}
      <ul className="reset-items" tabIndex={0} aria-label={t('reset.list')}>
        {items.map(({ path, bytes, kind }) => (
          <li key={path}>
            <code>{path}</code>
            <span className="muted">{t(`reset.what.${kind}`)}</span>
            <span className="figure muted">{formatBytes(bytes, i18n.language)}</span>
          </li>
        ))}
      </ul>
      <ProblemBox problem={apply.problem ?? plan.problem} />
      <p className="muted">{t('reset.noWayBack')}</p>
      <div className="buttons end">
        <Button onClick={onClose} data-first>{t('common.cancel')}</Button>
        <Button look="danger" isBusy={apply.isRunning} disabled={items.length === 0} onClick={() => void run()}>{t('reset.confirm')}</Button>
      </div>
    </Dialog>
  )
}
