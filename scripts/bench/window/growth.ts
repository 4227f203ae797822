import type { Figure } from '../figure.ts'
import { median } from '../statistics.ts'
import { formatNumber } from '../table.ts'

/** The same thing measured with so many containers. */
export interface SizedFigure {
  size: number
  figure: Figure
}

/** Figures of one thing at several sizes: each named and labelled with its size, the largest with the note and what became of it since the smallest. */
export function withSizes(figures: readonly SizedFigure[]): Figure[] {
  const ordered = figures.toSorted((a, b) => a.size - b.size)
  const [first, last] = [ordered[0], ordered.at(-1)]
  return ordered.map(({ size, figure: { note: own = '', ...figure } }) => {
    const sized = { ...figure, name: `${figure.name}.${size}`, label: `${figure.label}, ${size.toLocaleString('en')}` }
    if (!first || size !== last?.size) return sized
    const growth = first === last ? '' : growthOf(first, last)
    const note = [own, growth].filter(Boolean).join('; ')
    return note === '' ? sized : { ...sized, note }
  })
}

function growthOf(first: SizedFigure, last: SizedFigure): string {
  const [from, to] = [median(first.figure.runs), median(last.figure.runs)]
  const sizes = `with ${formatNumber(last.size / first.size)} times the containers`
  return from > 0 ? `${formatNumber(to / from)} times as much ${sizes}` : ''
}
