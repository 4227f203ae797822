import { memo, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../icon.tsx'

interface ColumnMenuProps {
  columns: readonly { id: string; header: string }[]
  hidden: ReadonlySet<string>
  onChange: (hidden: ReadonlySet<string>) => void
  /** Headings of those for which the window has no room. */
  leftOut?: readonly string[]
}

/** Which columns are shown; at least one always is. Drawn anew only when something of it changed: it has a box for each. */
export const ColumnMenu = memo(function ColumnMenu({ columns, hidden, onChange, leftOut = [] }: ColumnMenuProps) {
  const { t } = useTranslation()
  const id = useId()
  const toggle = (column: string): void => {
    const next = new Set(hidden)
    if (!next.delete(column)) next.add(column)
    if (next.size < columns.length) onChange(next)
  }
  return (
    <>
      <button type="button" className="icon-button" popoverTarget={id} aria-label={t('table.columns')} title={t('table.columns')}>
        <Icon name="columns" />
      </button>
      <div id={id} popover="auto" className="menu" role="group" aria-label={t('table.columns')}>
        {columns.map((column) => (
          <label key={column.id} className="menu-item">
            <input type="checkbox" checked={!hidden.has(column.id)} onChange={() => toggle(column.id)} />
            {column.header}
          </label>
        ))}
        {leftOut.length > 0 && <p className="menu-note muted">{t('table.noRoom', { columns: leftOut.join(', ') })}</p>}
      </div>
    </>
  )
})
