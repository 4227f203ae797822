import type { BuildStep } from './build-step.ts'

/** Steps as they happened, then those that wait, by their number in the Dockerfile: BuildKit tells of the last one first. */
export function inBuildOrder(steps: readonly BuildStep[]): readonly BuildStep[] {
  return steps.toSorted((a, b) => compare(startOf(a), startOf(b)) || compare(numberOf(a), numberOf(b)))
}

function startOf({ startedAt }: BuildStep): number {
  return startedAt === null ? Infinity : Date.parse(startedAt)
}

/** The 2 of "[2/4] RUN make" and of "[build 2/4] RUN make". */
function numberOf({ name }: BuildStep): number {
  return Number(/^\[(?:\S+ )?(\d+)\/\d+\]/.exec(name)?.[1] ?? 0)
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
