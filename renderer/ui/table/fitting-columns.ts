import type { Column } from './table-model.ts'

/** Between two columns, and at either end of a row: as table.css has it. */
const gapRem = 1

/** What a column takes at least, in root em: the first length its track names. */
function leastRem({ width }: Pick<Column<never>, 'width'>): number {
  return Number(/([\d.]+)rem/.exec(width)?.[1] ?? 0)
}

type Fitted = Pick<Column<never>, 'id' | 'width' | 'isKept'>

/**
 * The columns for which a table of this width has room, so that no row has to be scrolled sideways: the first always stays, the others
 * go from the last on, those that are to be kept after all others. Without any width yet, all.
 */
export function fittingColumns<C extends Fitted>(columns: readonly C[], widthRem: number): readonly C[] {
  let [fitting, isOver] = [columns, widthRem > 0 && roomOf(columns) > widthRem]
  while (isOver && fitting.length > 1) {
    const leaving = fitting.findLast((column, place) => place > 0 && column.isKept !== true) ?? fitting.at(-1)
    fitting = fitting.filter((column) => column !== leaving)
    isOver = roomOf(fitting) > widthRem
  }
  return fitting
}

function roomOf(columns: readonly Fitted[]): number {
  return columns.reduce((sum, column) => sum + leastRem(column), (columns.length + 1) * gapRem)
}
