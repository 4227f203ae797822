import { useEffect, useMemo } from 'react'
import { fittingColumns } from './fitting-columns.ts'
import type { Column } from './table-model.ts'

interface FittingOptions {
  hidden: ReadonlySet<string> | undefined
  widthRem: number
  /** Told the headings of those left out. */
  onLeaveOut: ((headers: readonly string[]) => void) | undefined
}

/** The columns that a table shows: those the user wants, as far as there is room. */
export function useFittingColumns<T>(columns: readonly Column<T>[], { hidden, widthRem, onLeaveOut }: FittingOptions): readonly Column<T>[] {
  const wanted = useMemo(() => columns.filter(({ id }) => !hidden?.has(id)), [columns, hidden])
  // By their names: another width mostly changes nothing, and every row is drawn anew where it does.
  const fitting = fittingColumns(wanted, widthRem).map(({ id }) => id).join(' ')
  const shown = useMemo(() => wanted.filter(({ id }) => fitting.split(' ').includes(id)), [wanted, fitting])
  useEffect(() => onLeaveOut?.(wanted.filter((column) => !shown.includes(column)).map(({ header }) => header)), [onLeaveOut, wanted, shown])
  return shown
}
