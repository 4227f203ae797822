import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Build } from '#contract/build.ts'
import { Ago } from '../../parts/ago.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { useColumnChoice } from '../../parts/use-column-choice.ts'
import { desktop } from '../../state/desktop.ts'
import { useRemembered } from '../../state/remembered.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copyable.tsx'
import { formatDuration, formatMoment } from '../../ui/format.ts'
import { Empty, Page } from '../../ui/page.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { ColumnMenu } from '../../ui/table/column-menu.tsx'
import { Table } from '../../ui/table/table.tsx'
import type { Column } from '../../ui/table/table-model.ts'
import { BuildDialog } from './build-dialog.tsx'
import { BuildPage } from './build-page.tsx'

const keyOf = ({ id }: Build): string => String(id)

/** The builds that were made, or the page of one. */
export function Builds() {
  const { part } = useStore(route)
  return part === undefined ? <BuildList /> : <BuildPage key={part} id={Number(part)} />
}

function BuildList() {
  const { t, i18n } = useTranslation()
  const [filter, setFilter] = useRemembered('builds.filter', '')
  const [isBuilding, setBuilding] = useState(false)
  const builds = useAnswer('build.list', (api, signal) => api.build.list({ limit: 200 }, { signal }))
  const columns = useMemo(() => buildColumns(t, i18n.language), [t, i18n.language])
  const { hidden, onLeaveOut, menu } = useColumnChoice('builds', columns)
  const button = <Button look="primary" icon="build" onClick={() => setBuilding(true)}>{t('build.button')}</Button>
  const none = (
    <Empty title={t('build.none')}>
      <p className="muted teaching">{t('build.noneText')}</p>
      <div className="buttons teaching-ways">
        {button}
        <Copyable text="docker build -t mine ." onCopy={desktop.copy} />
      </div>
    </Empty>
  )
  return (
    <Page title={t('screen.builds')} actions={button} isFilled>
      <div className="table-tools">
        <SearchField label={t('list.search')} value={filter} onChange={setFilter} />
        <span className="spacer" />
        <Button icon="restart" look="quiet" onClick={builds.refresh}>{t('common.refresh')}</Button>
        <ColumnMenu {...menu} />
      </div>
      <ProblemBox problem={builds.problem} />
      <Table label={t('screen.builds')} rows={builds.value ?? []} columns={columns} hidden={hidden} onLeaveOut={onLeaveOut} rowKey={keyOf} filter={filter} onOpen={(build) => open('builds', keyOf(build))} empty={filter === '' ? (builds.value ? none : <Empty title={t('common.loading')} />) : <Empty title={t('table.noMatch')} />} />
      {isBuilding && <BuildDialog onClose={() => (setBuilding(false), builds.refresh())} />}
    </Page>
  )
}

/** What a build is called: its tags, else its folder. */
export function buildName({ tags, folder }: Pick<Build, 'tags' | 'folder'>): string {
  return tags.length > 0 ? tags.join(', ') : folder
}

function buildColumns(t: TFunction, language: string): Column<Build>[] {
  const tone = { done: 'good', failed: 'bad', cancelled: 'calm' } as const
  const cached = ({ cachedShare }: Build): string => cachedShare.toLocaleString(language, { style: 'percent', maximumFractionDigits: 0 })
  return [
    { id: 'name', header: t('column.name'), text: buildName, cell: (build) => <ObjectLink screen="builds" id={keyOf(build)} text={buildName(build)} isInRow />, width: 'minmax(12rem, 2fr)' },
    { id: 'state', header: t('column.state'), text: ({ outcome }) => t(`build.${outcome}`), cell: ({ outcome }) => <span className="state-mark"><span className={`dot ${tone[outcome]}`} aria-hidden="true" />{t(`build.${outcome}`)}</span>, width: '8rem' },
    { id: 'duration', header: t('build.duration'), text: ({ ms }) => formatDuration(ms, language), compare: (a, b) => a.ms - b.ms, width: '8rem' },
    { id: 'cached', header: t('build.cached'), text: cached, compare: (a, b) => a.cachedShare - b.cachedShare, width: '8rem' },
    { id: 'folder', header: t('column.folder'), text: ({ folder }) => folder, width: 'minmax(12rem, 2fr)' },
    { id: 'ago', header: t('activity.when'), text: ({ startedAt }) => formatMoment(Date.parse(startedAt), language), cell: ({ startedAt }) => <Ago at={startedAt} />, compare: (a, b) => a.id - b.id, width: '9rem' },
  ]
}
