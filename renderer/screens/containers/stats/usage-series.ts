import type { Usage } from '#contract/usage.ts'

/** What the charts of a container show: moments in seconds, and what was used then; moved bytes as bytes per second. */
export interface UsageSeries {
  at: number[]
  cpuPercent: (number | null)[]
  memoryBytes: (number | null)[]
  receivedPerS: (number | null)[]
  sentPerS: (number | null)[]
  readPerS: (number | null)[]
  writtenPerS: (number | null)[]
}

/** More apart than so many seconds is not one line. */
const gapS = 45

/** Usages in the order of time as series; counters that fell back (a new start) or lie far apart give no rate. */
export function seriesOf(usages: readonly Usage[]): UsageSeries {
  const series: UsageSeries = { at: [], cpuPercent: [], memoryBytes: [], receivedPerS: [], sentPerS: [], readPerS: [], writtenPerS: [] }
  let former: Usage | undefined
  for (const usage of usages) {
    const at = Date.parse(usage.at) / 1000
    const seconds = former ? at - Date.parse(former.at) / 1000 : 0
    if (former && seconds <= 0) continue
    const last = former
    const rate = (count: (usage: Usage) => number): number | null => (last && seconds <= gapS && count(usage) >= count(last) ? (count(usage) - count(last)) / seconds : null)
    series.at.push(at)
    series.cpuPercent.push(usage.cpuPercent)
    series.memoryBytes.push(usage.memoryBytes)
    series.receivedPerS.push(rate((each) => each.receivedBytes))
    series.sentPerS.push(rate((each) => each.sentBytes))
    series.readPerS.push(rate((each) => each.readBytes))
    series.writtenPerS.push(rate((each) => each.writtenBytes))
    former = usage
  }
  return series
}
