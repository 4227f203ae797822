import { useTranslation } from 'react-i18next'
import { phaseOf } from '#contract/phase.ts'
import { changeLife, status } from '../state/engine.ts'
import { useStore } from '../state/store.ts'
import { Button } from '../ui/button.tsx'
import { can, toneOf } from '../ui/life.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { Empty } from '../ui/page.tsx'

/** The one button that brings Docker back, as far as there is one. */
function BringBack({ look }: { look: 'plain' | 'primary' }) {
  const { t } = useTranslation()
  const now = useStore(status)
  const allowed = can(now?.state)
  if (toneOf(now ? phaseOf(now) : undefined) === 'busy') return <span className="spinner" aria-hidden="true" />
  if (!allowed.start && !allowed.wake) return null
  return <Button look={look} icon="play" onClick={() => void changeLife('start')}>{t(allowed.wake ? 'action.wake' : 'action.start')}</Button>
}

/** In place of a list: Docker does not answer, and what to do about it. */
export function AwayEmpty() {
  const { t } = useTranslation()
  const now = useStore(status)
  const phase = now ? phaseOf(now) : 'off'
  return (
    <Empty title={phase === 'running' ? t('list.waiting') : t(`state.${phase}`)}>
      <BringBack look="primary" />
    </Empty>
  )
}

/** Above a list: it is what was known before Docker went away. */
export function AwayNotice() {
  const { t } = useTranslation()
  const now = useStore(status)
  const phase = now ? phaseOf(now) : 'off'
  return (
    <NoticeBox tone="info" title={phase === 'running' ? t('list.waiting') : t(`state.${phase}`)} hint={t('list.lastKnown')}>
      <BringBack look="plain" />
    </NoticeBox>
  )
}
