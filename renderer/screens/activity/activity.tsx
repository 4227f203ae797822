import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { EngineEvent } from '#contract/history.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { Ago } from '../../parts/ago.tsx'
import { useColumnChoice } from '../../parts/use-column-choice.ts'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { Button } from '../../ui/button.tsx'
import { visible } from '../../ui/ansi.ts'
import { formatMoment } from '../../ui/format.ts'
import { Empty, Page } from '../../ui/page.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { ColumnMenu } from '../../ui/table/column-menu.tsx'
import { Table } from '../../ui/table/table.tsx'
import type { Column } from '../../ui/table/table-model.ts'
import { eventDetail, eventTitle, eventTone, topicOf, topics, type Topic } from './event-text.ts'
import { useHistory } from './use-history.ts'

const keyOf = (event: EngineEvent): string => String(event.id)

/** What happened, newest first, over every restart. */
export function Activity() {
  const { t, i18n } = useTranslation()
  const [filter, setFilter] = useState('')
  const [topic, setTopic] = useState<Topic | 'all'>('all')
  const [isGraveOnly, setGraveOnly] = useState(false)
  const { events, isLoading, problem } = useHistory(topic)
  const [selected, setSelected] = useState<readonly EngineEvent[]>([])
  const columns = useMemo(() => activityColumns(t, i18n.language), [t, i18n.language])
  const { hidden, onLeaveOut, menu } = useColumnChoice('activity', columns)
  const rows = useMemo(() => (isGraveOnly ? events.filter((event) => eventTone(event) !== undefined) : events), [events, isGraveOnly])
  const copy = (): void => {
    desktop.copy(selected.map((event) => columns.map((column) => column.text(event)).join('\t')).join('\n'))
    notify(t('common.copied'))
  }
  return (
    <Page title={t('screen.activity')} summary={t('activity.summary')} isFilled>
      <div className="table-tools">
        <SearchField label={t('activity.search')} value={filter} onChange={setFilter} />
        <label className="field-inline">
          <span>{t('activity.topic')}</span>
          <select value={topic} onChange={(event) => setTopic(event.target.value as Topic | 'all')}>
            <option value="all">{t('activity.all')}</option>
            {topics.map((each) => (
              <option key={each} value={each}>{t(`topic.${each}`)}</option>
            ))}
          </select>
        </label>
        <label className="check"><input type="checkbox" checked={isGraveOnly} onChange={(event) => setGraveOnly(event.target.checked)} /> {t('activity.graveOnly')}</label>
        <span className="spacer" />
        <span className="muted" role="status">{t('table.count', { shown: rows.length.toLocaleString(i18n.language) })}</span>
        {selected.length > 0 && <Button icon="copy" onClick={copy}>{t('table.copySelected', { number: selected.length.toLocaleString(i18n.language) })}</Button>}
        <ColumnMenu {...menu} />
      </div>
      <ProblemBox problem={problem} />
      <Table
        label={t('screen.activity')}
        rows={rows}
        columns={columns}
        hidden={hidden}
        rowKey={keyOf}
        rowTone={eventTone}
        filter={filter}
        onLeaveOut={onLeaveOut}
        onSelect={setSelected}
        empty={<NoEvents isLoading={isLoading} isFiltered={events.length > 0} />}
      />
    </Page>
  )
}

function NoEvents({ isLoading, isFiltered }: { isLoading: boolean; isFiltered: boolean }) {
  const { t } = useTranslation()
  if (isFiltered) return <Empty title={t('table.noMatch')} />
  return <Empty title={t(isLoading ? 'common.loading' : 'activity.empty')}>{!isLoading && <p className="muted">{t('activity.emptyText')}</p>}</Empty>
}

/** The particulars; what is still there leads on by its name. */
function Detail({ event }: { event: EngineEvent }) {
  const { t, i18n } = useTranslation()
  const text = eventDetail(t, event, i18n.language)
  const { id, name } = event.detail
  const topic = topicOf(event)
  if (typeof id !== 'string' || typeof name !== 'string' || event.kind.endsWith('.removed') || (topic !== 'container' && topic !== 'volume')) return <span title={text}>{text}</span>
  const shown = visible(name)
  return (
    <span className="event-detail" title={text}>
      <ObjectLink screen={topic === 'container' ? 'containers' : 'volumes'} id={topic === 'container' ? id : name} text={shown} isInRow />
      {text.slice(shown.length)}
    </span>
  )
}

function activityColumns(t: TFunction, language: string): Column<EngineEvent>[] {
  return [
    { id: 'ago', header: t('activity.when'), text: ({ at }) => formatMoment(Date.parse(at), language), cell: ({ at }) => <Ago at={at} />, compare: (a, b) => a.id - b.id, width: '8.5rem' },
    { id: 'moment', header: t('activity.moment'), text: ({ at }) => formatMoment(Date.parse(at), language), compare: (a, b) => a.id - b.id, width: '15rem', isHidden: true },
    { id: 'topic', header: t('activity.topic'), text: (event) => t(`topic.${topicOf(event)}` as 'topic.engine', { defaultValue: topicOf(event) }), width: '8rem' },
    { id: 'what', header: t('activity.what'), text: (event) => eventTitle(t, event), width: 'minmax(15rem, 1fr)' },
    { id: 'detail', header: t('activity.detail'), text: (event) => eventDetail(t, event, language), cell: (event) => <Detail event={event} />, width: 'minmax(12rem, 1.4fr)' },
  ]
}
