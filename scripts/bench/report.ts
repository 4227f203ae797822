import { type Budget, budgetTable } from './budgets.ts'
import type { Figure } from './figure.ts'
import { describeHost, type HostFacts } from './host-facts.ts'
import { figureTable } from './table.ts'

/** Everything one run of the benchmark found; `--json` writes it as it is. */
export interface BenchRun {
  command: string
  startedAt: string
  seconds: number
  host: HostFacts
  figures: Figure[]
  budgets: Budget[]
  /** Sections that could not be measured, and why. */
  problems: string[]
}

/** The run as people read it: the host, all figures as median and spread, notes, budgets, and what failed. */
export function describeRun({ host, figures, budgets, problems, seconds }: BenchRun): string[] {
  const notes = figures.filter(({ note }) => note).map(({ label, note }) => `${label.trim()}: ${note}`)
  return [
    ...describeHost(host),
    '',
    ...(figures.length > 0 ? figureTable(figures) : []),
    '',
    ...notes,
    'median (smallest–largest)',
    '',
    ...(budgets.length > 0 ? budgetTable(budgets) : []),
    ...problems.map((problem) => `NOT MEASURED  ${problem}`),
    `${(seconds / 60).toFixed(1)} minutes`,
  ]
}
