import { parseArgs } from 'node:util'

/** The sections in the order in which they are measured. */
export const sectionNames = ['window', 'sizes', 'boot', 'idle', 'tunnel', 'status', 'sleep', 'shares', 'ports'] as const
export type SectionName = (typeof sectionNames)[number]

/** What the words after `npm run bench --` ask for. */
export interface BenchOptions {
  json: string | undefined
  runs: number
  only: readonly SectionName[]
  isQuick: boolean
}

/** How the benchmark is called. */
export const usage = `usage: npm run bench -- [--json FILE] [--runs N] [--only ${sectionNames.join(',')}] [--quick]`

/**
 * Reads `[--json FILE] [--runs N] [--only NAME,…] [--quick]`.
 * @throws Error with what is wrong.
 */
export function readOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: { json: { type: 'string' }, runs: { type: 'string' }, only: { type: 'string' }, quick: { type: 'boolean', default: false } },
  })
  return { json: values.json, runs: readRuns(values.runs, values.quick ? 1 : 5), only: readOnly(values.only), isQuick: values.quick }
}

function readRuns(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const runs = Number(text)
  if (!Number.isInteger(runs) || runs < 1 || runs > 100) throw new Error(`--runs "${text}" is not a whole number from 1 to 100`)
  return runs
}

function readOnly(text: string | undefined): readonly SectionName[] {
  if (text === undefined) return sectionNames
  return text.split(',').map((word) => {
    const name = sectionNames.find((each) => each === word)
    if (!name) throw new Error(`there is no section "${word}": use ${sectionNames.join(', ')}`)
    return name
  })
}
