/** One side of a comparison: something to measure, once per call. */
export type Contestant<T> = () => Promise<T>

/**
 * Measures every contestant in turn, `runs` times: a, b, a, b, … so that a machine that gets busier burdens all alike.
 * @returns what each contestant gave, in the order of the contestants.
 */
export async function alternate<T>(contestants: readonly Contestant<T>[], runs: number): Promise<T[][]> {
  const results: T[][] = contestants.map(() => [])
  for (let run = 0; run < runs; run++) {
    for (const [index, measure] of contestants.entries()) results[index]?.push(await measure())
  }
  return results
}
