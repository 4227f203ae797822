import type { UsageRound } from '#contract/usage.ts'

/** What one container used lately, the last at the end. */
export interface UsageTrail {
  cpuPercent: readonly number[]
  memoryBytes: readonly number[]
}

/** How many rounds a sparkline shows. */
export const trailLength = 30

/** Adds a round; who is not in it does not run. */
export function addRound(trails: ReadonlyMap<string, UsageTrail>, round: UsageRound): ReadonlyMap<string, UsageTrail> {
  return new Map(
    round.usages.map(({ id, cpuPercent, memoryBytes }) => {
      const former = trails.get(id)
      const add = (values: readonly number[] | undefined, value: number): readonly number[] => [...(values ?? []).slice(1 - trailLength), value]
      return [id, { cpuPercent: cpuPercent === null ? (former?.cpuPercent ?? []) : add(former?.cpuPercent, cpuPercent), memoryBytes: add(former?.memoryBytes, memoryBytes) }]
    }),
  )
}
