import { useTranslation } from 'react-i18next'
import { phaseOf } from '#contract/phase.ts'
import type { Status } from '#contract/state.ts'
import { changeLife } from '../../state/engine.ts'
import { useNow } from '../../state/now.ts'
import { Button } from '../../ui/button.tsx'
import { formatAgo, formatDuration, formatMoment } from '../../ui/format.ts'
import { can, toneOf } from '../../ui/life.ts'

/** The one thing to see from across the room: whether Docker runs. */
export function Hero({ status, isLive }: { status: Status | null; isLive: boolean }) {
  const { t } = useTranslation()
  const allowed = can(isLive ? status?.state : undefined)
  const tone = isLive && status ? toneOf(phaseOf(status)) : 'calm'
  return (
    <div className={`hero ${tone}`}>
      <span className="hero-sign" aria-hidden="true"><span className={`dot big ${tone}`} /></span>
      <div className="hero-text">
        <p className="hero-state">{status ? t(`state.${phaseOf(status)}`) : t('link.connecting')}</p>
        <p className="muted">{status && <Since status={status} isLive={isLive} />}</p>
      </div>
      <div className="buttons">
        {allowed.sleep && <Button icon="sleep" look="quiet" onClick={() => void changeLife('sleep')}>{t('action.sleep')}</Button>}
        {allowed.restart && <Button icon="restart" onClick={() => void changeLife('restart')}>{t('action.restart')}</Button>}
        {allowed.stop && <Button icon="stop" onClick={() => void changeLife('stop')}>{t(status?.state === 'starting' ? 'action.cancelStart' : 'action.stop')}</Button>}
        {allowed.wake && <Button look="primary" icon="play" onClick={() => void changeLife('start')}>{t('action.wake')}</Button>}
        {allowed.start && status?.state !== 'failed' && <Button look="primary" icon="play" onClick={() => void changeLife('start')}>{t('action.start')}</Button>}
      </div>
    </div>
  )
}

function Since({ status, isLive }: { status: Status; isLive: boolean }) {
  const { t, i18n } = useTranslation()
  const isBusy = toneOf(phaseOf(status)) === 'busy'
  const now = useNow(isBusy ? 1000 : 30_000)
  const since = Date.parse(status.since)
  const moment = formatMoment(since, i18n.language)
  if (!isLive) return <span title={moment}>{t('overview.lastKnown', { ago: formatAgo(since, now, i18n.language) })}</span>
  if (isBusy) return <span className="figure">{formatDuration(Math.max(0, now - since), i18n.language)}</span>
  return <span title={formatAgo(since, now, i18n.language)}>{t('overview.since', { moment })}</span>
}
