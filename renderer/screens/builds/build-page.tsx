import { useTranslation } from 'react-i18next'
import type { Build } from '#contract/build.ts'
import { Ago } from '../../parts/ago.tsx'
import { Facts } from '../../parts/facts.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { routeHash } from '../../state/router.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { visible } from '../../ui/ansi.ts'
import { formatDuration } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { NoticeBox } from '../../ui/notice.tsx'
import { Empty, Section } from '../../ui/page.tsx'
import { BuildSteps } from './build-steps.tsx'

/** One build: how it went, its steps over time, and where in the Dockerfile it failed. */
export function BuildPage({ id }: { id: number }) {
  const { t } = useTranslation()
  const answer = useAnswer(`build.get ${id}`, (api, signal) => api.build.get({ id }, { signal }))
  const found = answer.value
  return (
    <div className="page">
      <header className="object-head">
        <a className="up" href={routeHash('builds')}><Icon name="back" size={14} />{t('screen.builds')}</a>
        <h1 tabIndex={-1}>{found ? found.build.tags.join(', ') || found.build.folder : t('build.title', { id })}</h1>
      </header>
      <ProblemBox problem={answer.problem} />
      {!found && !answer.problem && <Empty title={t('common.loading')} />}
      {found && <Summary build={found.build} />}
      {found?.build.failure && <Failure failure={found.build.failure} />}
      {found && <Section title={t('build.steps')}><BuildSteps steps={found.steps} /></Section>}
    </div>
  )
}

function Summary({ build }: { build: Build }) {
  const { t, i18n } = useTranslation()
  return (
    <>
      {build.error !== null && <NoticeBox tone="problem" title={t('problem.build.failed.title')} detail={visible(build.error)} />}
      <Facts
        facts={[
          [t('column.state'), t(`build.${build.outcome}`)],
          [t('build.duration'), formatDuration(build.ms, i18n.language)],
          [t('build.cached'), build.cachedShare.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 })],
          [t('column.folder'), build.folder],
          [t('build.file'), build.dockerfile],
          [t('build.target'), build.target],
          [t('activity.when'), <Ago key="when" at={build.startedAt} />],
          [t('column.image'), build.imageId !== null && <ObjectLink key="image" screen="images" id={build.imageId} text={build.imageId.replace('sha256:', '').slice(0, 12)} />],
        ]}
      />
    </>
  )
}

/** The lines of the Dockerfile around the one that failed. */
function Failure({ failure: { file, line, excerpt } }: { failure: NonNullable<Build['failure']> }) {
  const { t } = useTranslation()
  return (
    <Section title={t('build.failedAt', { file, line })}>
      <pre className="excerpt" tabIndex={0}>
        {excerpt.map((each) => (
          <span key={each.line} className={each.isFailing ? 'excerpt-line failing' : 'excerpt-line'}>
            <span className="muted">{String(each.line).padStart(4)}</span> {visible(each.text)}
          </span>
        ))}
      </pre>
    </Section>
  )
}
