import { useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { visible } from '../../../ui/ansi.ts'
import { Icon } from '../../../ui/icon.tsx'
import { Empty } from '../../../ui/page.tsx'
import { jsonRows, jsonText, type Json, type JsonRow } from './json-rows.ts'

interface JsonTreeProps {
  label: string
  value: Record<string, unknown>
  search: string
  onCopyPath: (path: string) => void
}

/** A value as a tree by the ARIA pattern: arrows move, open and close; `c` copies the path. */
export function JsonTree({ label, value, search, onCopyPath }: JsonTreeProps) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(['.State', '.Config']))
  const [active, setActive] = useState('')
  const tree = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => jsonRows(value as Json, open, search), [value, open, search])
  const toggle = (row: JsonRow, isOpen: boolean): void => {
    const next = new Set(open)
    if (isOpen) next.add(row.path)
    else next.delete(row.path)
    setOpen(next)
  }
  const activate = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (!row) return
    setActive(row.path)
    tree.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(row.path)}"]`)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = rows.findIndex(({ path }) => path === active)
    const row = rows[at]
    const keys: Record<string, () => void> = {
      ArrowDown: () => activate(at + 1),
      ArrowUp: () => activate(at - 1),
      Home: () => activate(0),
      End: () => activate(rows.length - 1),
      ArrowRight: () => row && (row.isOpen === false ? toggle(row, true) : activate(at + 1)),
      ArrowLeft: () => row && (row.isOpen ? toggle(row, false) : activate(rows.findLastIndex(({ depth }, index) => index < at && depth < row.depth))),
      c: () => row && onCopyPath(row.path),
    }
    const act = event.ctrlKey || event.altKey || event.metaKey ? undefined : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  if (rows.length === 0) return <Empty title={t('table.noMatch')} />
  const focusable = rows.some(({ path }) => path === active) ? active : rows[0]!.path
  return (
    <div ref={tree} role="tree" aria-label={label} className="json-tree" onKeyDown={onKeyDown}>
      {rows.map((row) => (
        <div key={row.path} role="treeitem" aria-level={row.depth + 1} aria-expanded={row.isOpen} aria-selected={row.path === active} data-path={row.path} tabIndex={row.path === focusable ? 0 : -1} className="json-row" style={{ paddingLeft: `${row.depth * 1.3 + 0.6}rem` }} onFocus={() => setActive(row.path)} onClick={() => row.isOpen !== undefined && toggle(row, !row.isOpen)}>
          <span className={row.isOpen === undefined ? 'json-leaf' : row.isOpen ? 'json-twist open' : 'json-twist'}>{row.isOpen !== undefined && <Icon name="chevron" size={12} />}</span>
          <span className="json-name">{visible(row.name)}</span>
          <span className={`json-value ${typeof row.value}`}>{visible(jsonText(row.value))}</span>
          <button type="button" className="icon-button json-copy" tabIndex={-1} aria-label={t('inspect.copyPath', { path: row.path })} title={t('inspect.copyPath', { path: row.path })} onClick={(event) => (event.stopPropagation(), onCopyPath(row.path))}><Icon name="copy" size={13} /></button>
        </div>
      ))}
    </div>
  )
}
