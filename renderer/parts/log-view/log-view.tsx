import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LogBatch, LogWish } from '#contract/container-log.ts'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { useRemembered } from '../../state/remembered.ts'
import type { EngineApi } from '../../state/connection.ts'
import { withoutAnsi } from '../../ui/ansi.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'
import { readSearch } from '../../ui/read-search.ts'
import { SearchField } from '../../ui/search-field.tsx'
import { ProblemBox } from '../problem-box.tsx'
import { LogRows } from './log-rows.tsx'
import type { LogFilter } from './log-matches.ts'
import { useLog, type Log } from './use-log.ts'

interface LogViewProps {
  /** Names whose log it is. */
  id: string
  label: string
  open: (api: EngineApi, wish: Pick<LogWish, 'follow' | 'tail'>, signal: AbortSignal) => Promise<AsyncIterable<LogBatch>>
  /** Lines of several containers come together. */
  isMerged?: boolean
  onDownload?: () => void
}

/** How many of the last lines are read at first. */
const firstTail = 10_000
/** The clipboard takes no more lines. */
const maxCopied = 100_000

/** A log that is followed: searched, narrowed down, in its colours, copied and downloaded. */
export function LogView({ id, label, open, isMerged = false, onDownload }: LogViewProps) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [stream, setStream] = useRemembered<LogFilter['stream']>('log.stream', 'both')
  const [hasTime, setTime] = useRemembered('log.time', false)
  const [isWrapped, setWrapped] = useRemembered('log.wrapped', false)
  const [isFollowing, setFollowing] = useState(true)
  const [tail, setTail] = useState<number | null>(firstTail)
  const { pattern, isBroken } = useMemo(() => readSearch(search), [search])
  const filter = useMemo(() => ({ pattern, stream }), [pattern, stream])
  const log = useLog(`${id} ${tail}`, (api, signal) => open(api, { follow: true, tail }, signal), filter)
  const look = useMemo(() => ({ hasTime, hasContainer: isMerged, isWrapped, pattern }), [hasTime, isMerged, isWrapped, pattern])
  const isMore = tail !== null && log.isCaughtUp && log.buffer.next - log.buffer.first >= tail
  return (
    <div className="log-view">
      <div className="table-tools">
        <SearchField label={t('logs.search')} value={search} onChange={setSearch} problem={isBroken ? t('logs.brokenPattern') : undefined} />
        <Count log={log} isFiltered={pattern !== undefined || stream !== 'both'} isBroken={isBroken} />
        <span className="spacer" />
        <select aria-label={t('logs.stream')} value={stream} onChange={(event) => setStream(event.target.value as LogFilter['stream'])}>
          <option value="both">{t('logs.both')}</option>
          <option value="stdout">stdout</option>
          <option value="stderr">stderr</option>
        </select>
        <Check label={t('logs.time')} value={hasTime} onChange={setTime} />
        <Check label={t('logs.wrap')} value={isWrapped} onChange={setWrapped} />
        <Check label={t('logs.follow')} value={isFollowing} onChange={setFollowing} />
        <IconButton icon="copy" label={t('logs.copyShown')} onClick={() => (desktop.copy(textOf(log)), notify(t('common.copied')))} />
        {onDownload && <IconButton icon="download" label={t('logs.download')} onClick={onDownload} />}
        <IconButton icon="trash" label={t('logs.clear')} onClick={log.clear} />
      </div>
      <ProblemBox problem={log.problem} />
      {isMore && <p className="muted log-more">{t('logs.lastOnly', { count: tail })} <Button look="quiet" onClick={() => setTail(null)}>{t('logs.loadAll')}</Button></p>}
      <div className="log-frame">
        <LogRows label={label} log={log} look={look} isFollowing={isFollowing} onFollow={setFollowing} />
        {log.matches.count === 0 && <div className="log-empty"><Empty title={t(log.buffer.size > 0 ? 'table.noMatch' : log.isCaughtUp ? 'logs.nothing' : 'common.loading')} /></div>}
      </div>
    </div>
  )
}

function Check({ label, value, onChange }: { label: string; value: boolean; onChange: (value: boolean) => void }) {
  return <label className="check"><input type="checkbox" checked={value} onChange={(event) => onChange(event.target.checked)} /> {label}</label>
}

function Count({ log, isFiltered, isBroken }: { log: Log; isFiltered: boolean; isBroken: boolean }) {
  const { t, i18n } = useTranslation()
  const number = (value: number): string => value.toLocaleString(i18n.language)
  const text = isFiltered ? t('logs.found', { found: number(log.matches.count), all: number(log.buffer.size) }) : t('table.count', { shown: number(log.buffer.size) })
  return <span className="muted figure" role="status">{isBroken ? t('logs.brokenPattern') : text}</span>
}

function textOf({ matches, buffer }: Log): string {
  const from = Math.max(0, matches.count - maxCopied)
  return Array.from({ length: matches.count - from }, (_, index) => withoutAnsi(buffer.line(matches.numberAt(from + index))?.text ?? '')).join('\n')
}
