import { useTranslation } from 'react-i18next'
import { phaseOf } from '#contract/phase.ts'
import { connection } from '../state/connection.ts'
import { changeLife, isStatusLive, status } from '../state/engine.ts'
import { useNow } from '../state/now.ts'
import { useStore } from '../state/store.ts'
import { IconButton } from '../ui/button.tsx'
import { formatDuration } from '../ui/format.ts'
import { can, toneOf } from '../ui/life.ts'
import { LiveFigures } from './live-figures.tsx'
import { TaskMenu } from './task-menu.tsx'

/** Along the bottom of every screen: how Docker is, and start and stop. */
export function EngineBar() {
  const { t, i18n } = useTranslation()
  const now = useStore(status)
  const isLive = useStore(isStatusLive)
  const { phase } = useStore(connection)
  const shown = now ? phaseOf(now) : undefined
  const isBusy = toneOf(shown) === 'busy'
  const time = useNow(1000, isBusy && isLive)
  const allowed = can(isLive ? now?.state : undefined)
  const step = now?.step ? t(`step.${now.step}` as 'step.vm', { defaultValue: now.step }) : undefined
  return (
    <footer className="engine-bar" aria-label={t('frame.engine')}>
      <span className={`dot ${isLive ? toneOf(shown) : 'calm'}`} aria-hidden="true" />
      <span role="status" className="engine-state">
        {isLive || phase === 'connected' ? t(`state.${shown ?? 'off'}`) : t(`link.${phase}`)}
        {step !== undefined && isLive && <span className="muted"> · {step}</span>}
      </span>
      {isBusy && isLive && now && <span className="muted figure">{formatDuration(Math.max(0, time - Date.parse(now.since)), i18n.language)}</span>}
      <span className="engine-buttons">
        {allowed.start && <IconButton icon="play" label={t('action.start')} onClick={() => void changeLife('start')} />}
        {allowed.wake && <IconButton icon="play" label={t('action.wake')} onClick={() => void changeLife('start')} />}
        {allowed.sleep && <IconButton icon="sleep" label={t('action.sleep')} onClick={() => void changeLife('sleep')} />}
        {allowed.stop && <IconButton icon="stop" label={t('action.stop')} onClick={() => void changeLife('stop')} />}
        {allowed.restart && <IconButton icon="restart" label={t('action.restart')} onClick={() => void changeLife('restart')} />}
      </span>
      <TaskMenu />
      <span className="engine-figures muted">
        {isLive && now?.vm && (
          <>
            <span>{t('bar.cpus', { count: now.vm.cpus })}</span>
            <span>{now.vm.accelerator}</span>
          </>
        )}
        {isLive && now?.state === 'running' && <LiveFigures />}
        {isLive && now?.docker && <span>Docker {now.docker.version}</span>}
      </span>
    </footer>
  )
}
