import { useTranslation } from 'react-i18next'
import { changeLife } from '../../state/engine.ts'
import { open } from '../../state/router.ts'
import { Button } from '../../ui/button.tsx'
import { NoticeBox } from '../../ui/notice.tsx'

/** Why the vm is not there, in the engine's words, and every way on from here. */
export function Failure({ reason, hint }: { reason: string | null; hint: string | null }) {
  const { t } = useTranslation()
  return (
    <NoticeBox tone="problem" title={<span lang="en">{reason ?? t('state.failed')}</span>} hint={hint === null ? undefined : <span lang="en">{hint}</span>}>
      <Button look="primary" icon="restart" onClick={() => void changeLife('start')}>{t('action.tryAgain')}</Button>
      <Button icon="trouble" onClick={() => open('trouble', 'checkup')}>{t('action.checkup')}</Button>
      <Button icon="activity" onClick={() => open('trouble', 'logs')}>{t('action.logs')}</Button>
    </NoticeBox>
  )
}
