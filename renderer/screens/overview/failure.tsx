import { useTranslation } from 'react-i18next'
import type { Status } from '#contract/state.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { changeLife } from '../../state/engine.ts'
import { open } from '../../state/router.ts'
import { Button } from '../../ui/button.tsx'

/** Why the vm is not there, and every way on from here. */
export function Failure({ status: { code, reason, hint, about } }: { status: Status }) {
  const { t } = useTranslation()
  return (
    <ProblemBox problem={{ code: code ?? '', message: reason ?? '', hint, about }}>
      <Button look="primary" icon="restart" onClick={() => void changeLife('start')}>{t('action.tryAgain')}</Button>
      <Button icon="trouble" onClick={() => open('trouble', 'checkup')}>{t('action.checkup')}</Button>
      <Button icon="activity" onClick={() => open('trouble', 'logs')}>{t('action.logs')}</Button>
    </ProblemBox>
  )
}
