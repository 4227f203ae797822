const firstMs = 250
const longestMs = 10_000

/** How long to wait before the nth attempt to reach the engine (the first is 0): doubling, bounded, never giving up. */
export function backOffMs(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20))
}
