/** The units figures come in. */
export type Unit = 'ms' | 's' | 'MB' | 'MB/s' | 'Gbit/s' | '/s' | 'ms/s' | 'ms/MB' | '×' | 'count'

/** The same thing measured on something else, in the same run. */
export interface Reference {
  name: string
  runs: number[]
}

/** One thing that was measured, with every raw run. */
export interface Figure {
  /** `section.what`: what budgets and readers of the JSON go by. */
  name: string
  label: string
  unit: Unit
  better: 'lower' | 'higher'
  runs: number[]
  references: Reference[]
  /** What a reader must know to judge it. */
  note?: string
}

/** What a figure is made of beside its runs. */
export type FigureHead = Pick<Figure, 'name' | 'label' | 'unit'> & Partial<Pick<Figure, 'better' | 'note'>>

/** A figure from its runs and those of its references; less is better unless said otherwise. */
export function figure(head: FigureHead, runs: readonly number[], references: Record<string, readonly number[]> = {}): Figure {
  const others = Object.entries(references).filter(([, values]) => values.length > 0)
  return { better: 'lower', ...head, runs: [...runs], references: others.map(([name, values]) => ({ name, runs: [...values] })) }
}
