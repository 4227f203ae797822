import { withLimit } from '#base/limit.ts'
import type { Container } from '#contract/container.ts'
import type { VmLife } from '../life/vm-life.ts'

const limitMs = 5000

/**
 * Docker's containers as they are now, or as they were known when it does not answer within 5 s; none while no vm runs.
 * For what must know the one that `docker run` has just made, and would be of use without. @throws the signal's reason.
 */
export async function presentContainers(life: VmLife, signal: AbortSignal | undefined): Promise<Container[]> {
  const live = life.maybeSession?.docker.live
  if (!live) return []
  const limit = { what: 'Docker to list its containers', ms: limitMs, ...(signal ? { signal } : {}) }
  return await withLimit(limit, (own) => live.containersNow(own)).catch(() => {
    signal?.throwIfAborted()
    return [...live.containers.values()]
  })
}
