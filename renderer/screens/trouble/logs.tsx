import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import { logNames, type LogName } from '#contract/log.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import type { Problem } from '../../state/problem.ts'
import { useStream } from '../../state/streams.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'
import { readSearch } from '../../ui/read-search.ts'
import { SearchField } from '../../ui/search-field.tsx'
import { Table } from '../../ui/table/table.tsx'
import type { Column } from '../../ui/table/table-model.ts'
import { addChunks, toneOfLine, type LogLine } from './log-lines.ts'

/** How many of the last lines are read at first. */
const tail = 5000
const keyOf = ({ number }: LogLine): string => String(number)
const toneOf = ({ text }: LogLine): string | undefined => toneOfLine(text)

/** One of Cove's logs, followed as it is written. */
export function Logs() {
  const { t, i18n } = useTranslation()
  const [name, setName] = useState<LogName>('engine')
  const [lines, setLines] = useState<readonly LogLine[]>([])
  const [problem, setProblem] = useState<Problem>()
  const [isFollowing, setFollowing] = useState(true)
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<readonly LogLine[]>([])
  useStream<string>(name, (api, signal) => api.log.read({ name, follow: true, tail }, { signal }), {
    onOpen: () => (setLines([]), setProblem(undefined)),
    onItems: (chunks) => setLines((former) => addChunks(former, chunks)),
    onProblem: setProblem,
  })
  const { pattern, isBroken } = useMemo(() => readSearch(search), [search])
  const rows = useMemo(() => (pattern ? lines.filter(({ text }) => pattern.test(text)) : lines), [lines, pattern])
  const columns = useMemo(() => logColumns(t, pattern), [t, pattern])
  const copy = (): void => {
    desktop.copy((selected.length > 0 ? selected : rows).map(({ text }) => text).join('\n'))
    notify(t('common.copied'))
  }
  return (
    <>
      <div className="table-tools">
        <label className="field-inline">
          <span>{t('logs.log')}</span>
          <select value={name} onChange={(event) => setName(event.target.value as LogName)}>
            {logNames.map((each) => <option key={each} value={each}>{t(`logs.${each}`)}</option>)}
          </select>
        </label>
        <SearchField label={t('logs.search')} value={search} onChange={setSearch} problem={isBroken ? t('logs.brokenPattern') : undefined} />
        <span className="muted" role="status">{isBroken ? t('logs.brokenPattern') : t('table.count', { shown: rows.length.toLocaleString(i18n.language) })}</span>
        <span className="spacer" />
        <label className="check"><input type="checkbox" checked={isFollowing} onChange={(event) => setFollowing(event.target.checked)} /> {t('logs.follow')}</label>
        <Button icon="copy" onClick={copy}>{t(selected.length > 0 ? 'logs.copySelected' : 'logs.copyAll')}</Button>
      </div>
      <ProblemBox problem={problem} tone="warning" />
      <Table
        label={t(`logs.${name}`)}
        rows={rows}
        columns={columns}
        rowKey={keyOf}
        rowTone={toneOf}
        isFollowing={isFollowing}
        onScrollAway={() => setFollowing(false)}
        onSelect={setSelected}
        empty={<Empty title={t(search === '' ? 'logs.empty' : 'table.noMatch')} />}
      />
    </>
  )
}

function logColumns(t: TFunction, pattern: RegExp | undefined): Column<LogLine>[] {
  return [
    { id: 'line', header: t('logs.line'), text: ({ number }) => String(number), compare: (a, b) => a.number - b.number, width: '5rem' },
    { id: 'log', header: t('logs.text'), text: ({ text }) => text, cell: ({ text }) => <Marked text={text} pattern={pattern} />, width: 'minmax(0, 1fr)' },
  ]
}

/** A text with the first place marked where a pattern matches. */
function Marked({ text, pattern }: { text: string; pattern: RegExp | undefined }) {
  const match = pattern?.exec(text)
  if (!match || match[0] === '') return text
  return (
    <>
      {text.slice(0, match.index)}
      <mark>{match[0]}</mark>
      {text.slice(match.index + match[0].length)}
    </>
  )
}
