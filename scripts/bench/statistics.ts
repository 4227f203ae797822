/** What a list of runs comes to. */
export interface Summary {
  median: number
  min: number
  max: number
  count: number
}

/** The value below which `share` (0 to 1) of the values lie, interpolated between neighbours. @throws RangeError for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  if (low === undefined || high === undefined) throw new RangeError('no values to take a percentile of')
  return low + (high - low) * (at - Math.floor(at))
}

/** The middle value. @throws RangeError for no values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Median and spread of runs. @throws RangeError for no runs. */
export function summarize(runs: readonly number[]): Summary {
  return { median: median(runs), min: Math.min(...runs), max: Math.max(...runs), count: runs.length }
}
