import { useTranslation } from 'react-i18next'
import type { Status } from '#contract/state.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { RemarkText } from '../../parts/remark-text.tsx'
import { desktop } from '../../state/desktop.ts'
import { isStatusLive, lifeProblem, status } from '../../state/engine.ts'
import { useStore } from '../../state/store.ts'
import { Copyable } from '../../ui/copyable.tsx'
import { NoticeBox } from '../../ui/notice.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { BootSteps } from './boot-steps.tsx'
import { Failure } from './failure.tsx'
import { FirstSteps } from './first-steps.tsx'
import { Hero } from './hero.tsx'

/** How Docker is, what to do about it, and what to try first. */
export function Overview() {
  const { t } = useTranslation()
  const now = useStore(status)
  const isLive = useStore(isStatusLive)
  const problem = useStore(lifeProblem)
  const isComing = isLive && (now?.state === 'starting' || now?.state === 'waking')
  return (
    <Page title={t('screen.overview')}>
      <Hero status={now} isLive={isLive} />
      {isLive && now?.state === 'failed' && <Failure status={now} />}
      {problem && now?.state !== 'failed' && <ProblemBox problem={problem} />}
      {isComing && now && <BootSteps status={now} />}
      {isLive && now?.remarks.map((remark) => <NoticeBox key={remark.message} tone="warning" title={<RemarkText remark={remark} message={remark.message} />} />)}
      {now?.state === 'running' && isLive && <FirstSteps />}
      {now && <Facts status={now} />}
    </Page>
  )
}

/** Where Docker listens, and on what it runs. */
function Facts({ status: now }: { status: Status }) {
  const { t } = useTranslation()
  const { vm, docker, engine } = now
  return (
    <Section title={t('overview.facts')}>
      <dl className="facts">
        <dt>{t('overview.socket')}</dt>
        <dd><Copyable text={`unix://${now.dockerSocket}`} onCopy={desktop.copy} /></dd>
        <dt>{t('overview.docker')}</dt>
        <dd>{docker ? t('overview.dockerVersion', { version: docker.version, api: docker.apiVersion }) : <span className="muted">{t('overview.notRunning')}</span>}</dd>
        <dt>{t('overview.vm')}</dt>
        <dd>{vm ? t('overview.vmFigures', { cpus: vm.cpus, memory: (vm.memoryMiB / 1024).toFixed(1), accelerator: vm.accelerator }) : <span className="muted">{t('overview.notRunning')}</span>}</dd>
        <dt>{t('overview.engine')}</dt>
        <dd>{engine ? t('overview.engineFigures', { version: engine.version, pid: engine.pid }) : <span className="muted">{t('overview.notRunning')}</span>}</dd>
      </dl>
    </Section>
  )
}
