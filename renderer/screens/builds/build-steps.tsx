import { useTranslation } from 'react-i18next'
import { inBuildOrder } from '#contract/build-order.ts'
import type { BuildStep } from '#contract/build-step.ts'
import { withoutAnsi } from '../../ui/ansi.ts'
import { formatDuration } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'

/** The steps with those that changed put in their places. */
export function mergeSteps(steps: readonly BuildStep[], changed: readonly BuildStep[]): readonly BuildStep[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  for (const step of changed) byId.set(step.id, step)
  return [...byId.values()]
}

/** The steps of a build over its time: what came from the cache, what took how long, and what each printed. */
export function BuildSteps({ steps }: { steps: readonly BuildStep[] }) {
  const { t } = useTranslation()
  const starts = steps.flatMap(({ startedAt }) => (startedAt === null ? [] : [Date.parse(startedAt)]))
  const begin = starts.length > 0 ? Math.min(...starts) : 0
  const end = Math.max(begin + 1, ...steps.map(({ startedAt, ms }) => (startedAt === null ? 0 : Date.parse(startedAt) + (ms ?? 0))))
  return (
    <ol className="build-steps" aria-label={t('build.steps')}>
      {inBuildOrder(steps).map((step) => <Step key={step.id} step={step} begin={begin} span={end - begin} />)}
    </ol>
  )
}

function Step({ step: { name, state, isCached, startedAt, ms, error, log }, begin, span }: { step: BuildStep; begin: number; span: number }) {
  const { t, i18n } = useTranslation()
  const from = startedAt === null ? 0 : ((Date.parse(startedAt) - begin) / span) * 100
  const text = [log, error ?? ''].filter((part) => part !== '').map(withoutAnsiLines).join('\n')
  const head = (
    <>
      {state === 'running' ? <span className="spinner" aria-hidden="true" /> : <Icon name={state === 'failed' ? 'problem' : state === 'done' ? 'check' : 'chevron'} />}
      <span className="build-step-name">{withoutAnsi(name)}</span>
      {isCached && <span className="tag ok">{t('build.fromCache')}</span>}
      <span className="layer-bar" aria-hidden="true"><span style={{ marginLeft: `${from}%`, width: `${Math.max(1, ((ms ?? 0) / span) * 100)}%` }} /></span>
      <span className="figure muted">{ms === null ? '' : formatDuration(ms, i18n.language)}</span>
    </>
  )
  if (text === '') return <li className={`build-step ${state}`}><div className="build-step-head">{head}</div></li>
  return (
    <li className={`build-step ${state}`}>
      <details open={state === 'failed' || state === 'running'}>
        <summary className="build-step-head">{head}</summary>
        <pre className="build-log" tabIndex={0}>{text}</pre>
      </details>
    </li>
  )
}

function withoutAnsiLines(text: string): string {
  return text.split('\n').map(withoutAnsi).join('\n')
}
