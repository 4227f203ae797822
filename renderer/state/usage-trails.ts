import type { UsageRound } from '#contract/usage.ts'

/** What one container used lately, the last at the end. */
export interface UsageTrail {
  cpuPercent: number[]
  memoryBytes: number[]
}

/** How many rounds a sparkline shows. */
export const trailLength = 30

/**
 * Adds a round; who is not in it does not run. Trails grow in place: copied, those of five thousand containers would be cleared away
 * every other second, while somebody types.
 */
export function addRound(trails: ReadonlyMap<string, UsageTrail>, { usages }: UsageRound): ReadonlyMap<string, UsageTrail> {
  const next = new Map<string, UsageTrail>()
  for (const { id, cpuPercent, memoryBytes } of usages) {
    const trail = trails.get(id) ?? { cpuPercent: [], memoryBytes: [] }
    if (cpuPercent !== null) add(trail.cpuPercent, cpuPercent)
    add(trail.memoryBytes, memoryBytes)
    next.set(id, trail)
  }
  return next
}

function add(values: number[], value: number): void {
  values.push(value)
  if (values.length > trailLength) values.shift()
}
