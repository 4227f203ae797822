import { memo, useCallback, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ScreenName } from '#contract/desktop-bridge.ts'
import { desktop } from '../state/desktop.ts'
import type { Live } from '../state/live.ts'
import { notify } from '../state/notices.ts'
import { recall, remember, useRemembered } from '../state/remembered.ts'
import { Store, useStore } from '../state/store.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Copyable } from '../ui/copyable.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { ColumnMenu } from '../ui/table/column-menu.tsx'
import { Table } from '../ui/table/table.tsx'
import type { Column, Sort } from '../ui/table/table-model.ts'
import { AwayEmpty, AwayNotice } from './away.tsx'
import { ProblemBox } from './problem-box.tsx'
import { useColumnChoice } from './use-column-choice.ts'

/** What a list shows while Docker has nothing of its kind: what that is, one button, and the command that does the same. */
export interface Teaching {
  title: string
  text: string
  command: string
  button?: ReactNode
}

/** One kind of Docker's objects as a screen. */
export interface ObjectListProps<T> {
  screen: ScreenName
  live: Live<unknown>
  /** Those of the live objects that are listed, in the order they have when nothing else is asked for. */
  rows: readonly T[]
  columns: readonly Column<T>[]
  rowKey: (row: T) => string
  rowTone?: (row: T) => string | undefined
  onOpen?: (row: T) => void
  /** Buttons beside the title. */
  actions?: ReactNode
  /** More ways to narrow the list down, beside the search. */
  tools?: ReactNode
  /** Buttons for the chosen rows. */
  bulk?: (chosen: readonly T[]) => ReactNode
  /** Delete was pressed with rows chosen. */
  onDelete?: (chosen: readonly T[]) => void
  teaching: Teaching
}

/** A screen that lists Docker's objects: searched, sorted, chosen, and kept where one was while they change. */
export function ObjectList<T>(props: ObjectListProps<T>) {
  const { screen, live, rows, columns, rowKey, bulk } = props
  const { t } = useTranslation()
  const [title, search] = useMemo(() => [t(`screen.${screen}`), t('list.search')], [t, screen])
  const [filter, setFilter] = useRemembered(`${screen}.filter`, '')
  const { hidden, onLeaveOut, menu } = useColumnChoice(screen, columns)
  const [chosenKeys, setChosenKeys] = useState<ReadonlySet<string>>(new Set())
  // What was chosen may be gone or have changed since.
  const chosen = useMemo(() => (chosenKeys.size === 0 ? [] : rows.filter((row) => chosenKeys.has(rowKey(row)))), [rows, chosenKeys, rowKey])
  const copy = (): void => {
    desktop.copy(chosen.map((row) => columns.map((column) => column.text(row)).join('\t')).join('\n'))
    notify(t('common.copied'))
  }
  const [shown] = useState(() => new Store(rows.length))
  const onSort = useCallback((sort: Sort | null) => remember(`${screen}.sort`, sort), [screen])
  return (
    <Page title={title} actions={props.actions} isFilled>
      <div className="table-tools">
        <SearchField label={search} value={filter} onChange={setFilter} />
        {props.tools}
        <span className="spacer" />
        {chosen.length === 0 && <RowCount count={Math.max(live.objects.length, rows.length)} shown={shown} />}
        {chosen.length > 0 && (
          <ChosenTools count={chosen.length} onCopy={copy}>{live.isCurrent && bulk?.(chosen)}</ChosenTools>
        )}
        <ColumnMenu {...menu} />
      </div>
      <ProblemBox problem={live.problem} />
      {live.isAway && rows.length > 0 && <AwayNotice />}
      <Table
        label={title}
        rows={rows}
        columns={columns}
        hidden={hidden}
        rowKey={rowKey}
        {...(props.rowTone ? { rowTone: props.rowTone } : {})}
        {...(props.onOpen ? { onOpen: props.onOpen } : {})}
        onDelete={(keys) => live.isCurrent && props.onDelete?.(rows.filter((row) => keys.has(rowKey(row))))}
        filter={filter}
        initialSort={recall<Sort | null>(`${screen}.sort`, null)}
        onSort={onSort}
        onCount={shown.set}
        onLeaveOut={onLeaveOut}
        initialTop={recall(`${screen}.top`, 0)}
        onScroll={(top) => remember(`${screen}.top`, top)}
        onSelect={(selected) => setChosenKeys(new Set(selected.map(rowKey)))}
        empty={<NoRows live={live} isFiltered={live.objects.length > 0} teaching={props.teaching} onShowAll={() => setFilter('')} hasFilter={filter !== ''} />}
      />
    </Page>
  )
}

/** What can be done with the chosen rows. */
function ChosenTools({ count, onCopy, children }: { count: number; onCopy: () => void; children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <div className="chosen-tools" role="group" aria-label={t('list.chosen', { count })}>
      <span className="muted figure" role="status">{t('list.chosen', { count })}</span>
      {children}
      <IconButton icon="copy" label={t('list.copyRows')} onClick={onCopy} />
    </div>
  )
}

/** How many there are, and how many of them are shown. A keystroke that changes it draws nothing else anew. */
const RowCount = memo(function RowCount({ count, shown }: { count: number; shown: Store<number> }) {
  const { t, i18n } = useTranslation()
  const left = useStore(shown)
  const number = count.toLocaleString(i18n.language)
  const text = left < count ? t('list.countOf', { number, shown: left.toLocaleString(i18n.language) }) : t('list.count', { count, number })
  return <span className="muted figure" role="status">{text}</span>
})

interface NoRowsProps {
  live: Live<unknown>
  isFiltered: boolean
  hasFilter: boolean
  teaching: Teaching
  onShowAll: () => void
}

function NoRows({ live, isFiltered, hasFilter, teaching, onShowAll }: NoRowsProps) {
  const { t } = useTranslation()
  if (live.isAway) return <AwayEmpty />
  if (isFiltered) return <Empty title={t('table.noMatch')}>{hasFilter && <Button onClick={onShowAll}>{t('list.showAll')}</Button>}</Empty>
  if (!live.isKnown) return <Empty title={t('common.loading')} />
  return (
    <Empty title={teaching.title}>
      <p className="muted teaching">{teaching.text}</p>
      <div className="buttons teaching-ways">
        {teaching.button}
        <Copyable text={teaching.command} onCopy={desktop.copy} />
      </div>
    </Empty>
  )
}
