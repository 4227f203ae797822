import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import type { Usage } from '#contract/usage.ts'
import { Chart, type ChartLine } from '../../../parts/chart.tsx'
import { ProblemBox } from '../../../parts/problem-box.tsx'
import type { Problem } from '../../../state/problem.ts'
import { useStream } from '../../../state/streams.ts'
import { useAnswer } from '../../../state/use-answer.ts'
import { formatBytes, formatPercent } from '../../../ui/format.ts'
import { seriesOf } from './usage-series.ts'

const spans = { minutes: 5 * 60, hour: 3600 } as const
/** A second each for an hour: older ones go. */
const maxLive = 3600

/** What a container uses: now and in the last hour. */
export function Stats({ container: { id, state } }: { container: Container }) {
  const { t, i18n } = useTranslation()
  const [span, setSpan] = useState<keyof typeof spans>('minutes')
  const [live, setLive] = useState<readonly Usage[]>([])
  const [problem, setProblem] = useState<Problem>()
  const past = useAnswer(`container.samples ${id}`, (api, signal) => api.container.samples({ id }, { signal }))
  useStream<Usage>(state === 'running' ? id : null, (api, signal) => api.container.stats({ id }, { signal }), {
    onItems: (items) => setLive((former) => [...former, ...items].slice(-maxLive)),
    onProblem: setProblem,
  })
  const series = useMemo(() => seriesOf([...(past.value ?? []).filter(({ at }) => live[0] === undefined || at < live[0].at), ...live]), [past.value, live])
  const last = live.at(-1)
  const [opened] = useState(() => Date.now() / 1000)
  // The end of what is known, so that nothing moves while nothing comes.
  const to = series.at.at(-1) ?? opened
  const range = { from: to - spans[span], to }
  const bytes = (value: number): string => formatBytes(value, i18n.language)
  const perSecond = (value: number): string => t('stats.perSecond', { size: bytes(value) })
  const two = (first: string, second: string): ChartLine[] => [{ label: first, colour: '--accent' }, { label: second, colour: '--busy' }]
  return (
    <div className="stack">
      <ProblemBox problem={problem ?? past.problem} />
      <div className="table-tools">
        <label className="field-inline">
          <span>{t('stats.span')}</span>
          <select value={span} onChange={(event) => setSpan(event.target.value as keyof typeof spans)}>
            <option value="minutes">{t('stats.minutes')}</option>
            <option value="hour">{t('stats.hour')}</option>
          </select>
        </label>
        {state !== 'running' && <span className="muted">{t('stats.notRunning')}</span>}
      </div>
      <div className="charts">
        <Figure title={t('stats.cpu')} now={last && last.cpuPercent !== null ? formatPercent(last.cpuPercent, i18n.language) : ''}>
          <Chart label={t('stats.cpu')} lines={[{ label: 'cpu', colour: '--accent' }]} data={[series.at, series.cpuPercent]} {...range} top={10} format={(value) => formatPercent(value, i18n.language)} />
        </Figure>
        <Figure title={t('stats.memory')} now={last ? t('stats.ofLimit', { used: bytes(last.memoryBytes), limit: bytes(last.memoryLimitBytes) }) : ''}>
          <Chart label={t('stats.memory')} lines={[{ label: 'memory', colour: '--accent' }]} data={[series.at, series.memoryBytes]} {...range} top={1024 ** 2} format={bytes} isBytes />
        </Figure>
        <Figure title={t('stats.network')} lines={two(t('stats.received'), t('stats.sent'))} now={last ? `${bytes(last.receivedBytes)} · ${bytes(last.sentBytes)}` : ''}>
          <Chart label={t('stats.network')} lines={two('in', 'out')} data={[series.at, series.receivedPerS, series.sentPerS]} {...range} top={1024} format={perSecond} isBytes />
        </Figure>
        <Figure title={t('stats.disk')} lines={two(t('stats.read'), t('stats.written'))} now={last ? `${bytes(last.readBytes)} · ${bytes(last.writtenBytes)}` : ''}>
          <Chart label={t('stats.disk')} lines={two('read', 'written')} data={[series.at, series.readPerS, series.writtenPerS]} {...range} top={1024} format={perSecond} isBytes />
        </Figure>
      </div>
    </div>
  )
}

function Figure({ title, now, lines = [], children }: { title: string; now: string; lines?: readonly ChartLine[]; children: React.ReactNode }) {
  return (
    <section className="figure-box" aria-label={title}>
      <div className="figure-head">
        <h2>{title}</h2>
        <ul className="legend">
          {lines.map(({ label, colour }) => <li key={label}><span className="swatch" style={{ background: `var(${colour})` }} /> {label}</li>)}
        </ul>
        <strong className="figure">{now}</strong>
      </div>
      {children}
    </section>
  )
}
