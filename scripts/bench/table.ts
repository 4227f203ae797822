import type { Figure, Unit } from './figure.ts'
import { median, summarize } from './statistics.ts'

/** Three significant digits, no exponent: 0.42, 8.31, 127. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.95 || size === 0) return value.toFixed(0)
  if (size >= 9.995) return value.toFixed(1)
  return value.toFixed(2)
}

/** What is counted is whole; a median may lie between two. */
function formatCount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

/** A value with its unit; long times in seconds. */
export function formatValue(value: number, unit: Unit): string {
  if (unit === '×') return `${formatNumber(value)}×`
  if (unit === 'count') return formatCount(value)
  if (unit === 'ms' && Math.abs(value) >= 9995) return `${formatNumber(value / 1000)} s`
  return `${formatNumber(value)} ${unit}`
}

/** The median, and the spread where there is more than one run: `12.1 s (11.8–12.9)`. */
export function formatRuns(runs: readonly number[], unit: Unit): string {
  const { median: middle, min, max, count } = summarize(runs)
  if (count === 1) return formatValue(middle, unit)
  const inSeconds = unit === 'ms' && Math.abs(middle) >= 9995
  const scale = (value: number): string => (unit === 'count' ? formatCount(value) : formatNumber(inSeconds ? value / 1000 : value))
  return `${formatValue(middle, unit)} (${scale(min)}–${scale(max)})`
}

/** How ours stands against a reference: `6.1× better`, `1.7× worse`, `the same`. */
export function compare(ours: number, theirs: number, better: Figure['better']): string {
  if (ours <= 0 || theirs <= 0) return ''
  const gain = better === 'lower' ? theirs / ours : ours / theirs
  if (gain > 0.95 && gain < 1.05) return 'the same'
  return gain > 1 ? `${formatNumber(gain)}× better` : `${formatNumber(1 / gain)}× worse`
}

/** Lines of a table whose columns are as wide as their widest cell; the first row is the heading. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [lines[0] ?? '', rule, ...lines.slice(1)]
}

/** The table of figures: a line for each, and one more for each further reference. */
export function figureTable(figures: readonly Figure[]): string[] {
  return layOut([['figure', 'Cove', 'runs', 'reference', '', 'Cove is'], ...figures.flatMap(figureRows)])
}

function figureRows({ label, unit, better, runs, references }: Figure): string[][] {
  const own = [label, formatRuns(runs, unit), String(runs.length)]
  const [first, ...others] = references.map(({ name, runs: theirs }) => [
    name,
    formatRuns(theirs, unit),
    compare(median(runs), median(theirs), better),
  ])
  return [[...own, ...(first ?? [])], ...others.map((other) => ['', '', '', ...other])]
}
