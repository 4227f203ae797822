import { memo } from 'react'
import { Icon } from '../icon.tsx'
import { nextSort, type Column, type Sort } from './table-model.ts'

interface HeaderProps<T> {
  columns: readonly Column<T>[]
  sort: Sort | null
  onSort: (sort: Sort | null) => void
}

function Header<T>({ columns, sort, onSort }: HeaderProps<T>) {
  return (
    <div role="rowgroup" className="table-head">
      <div role="row" aria-rowindex={1} className="table-row">
        {columns.map(({ id, header }) => {
          const isSorted = sort?.column === id
          return (
            <div key={id} role="columnheader" aria-sort={isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'}>
              <button type="button" onClick={() => onSort(nextSort(sort, id))}>
                {header}
                <span className={isSorted ? `sort ${sort.isDescending ? 'down' : 'up'}` : 'sort none'}>
                  <Icon name="chevron" size={12} />
                </span>
              </button>
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** The row of headings; each sorts by its column. Drawn anew only when something of it changed. */
export const TableHeader = memo(Header) as typeof Header
