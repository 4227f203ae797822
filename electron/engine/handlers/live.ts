import type { LiveChange } from '#contract/live.ts'
import { withLimit } from '#base/limit.ts'
import type { LiveObjects } from '../docker/live-docker.ts'
import type { EngineParts } from '../parts.ts'

/** How long Docker may take to list one kind of objects. */
const listMs = 20_000

type Kind = keyof LiveObjects

/** All objects of a kind now. @throws CoveError `vm.not-running`, `docker.unreachable`. */
export async function list<K extends Kind>({ life }: EngineParts, kind: K, signal?: AbortSignal): Promise<LiveObjects[K][]> {
  const { live } = life.session.docker
  const limit = { what: `Docker to list every ${kind}`, ms: listMs, code: 'docker.unreachable' as const, ...(signal ? { signal } : {}) }
  return withLimit(limit, async (own) => {
    for await (const change of live.watch(kind, own)) if (change.kind === 'all') return change.objects
    own.throwIfAborted()
    return []
  })
}

/** The objects of a kind, whatever becomes of the vm: says that Docker is away when a session ends, and waits for the next. */
export async function* watch<K extends Kind>({ life, machine }: EngineParts, kind: K, signal: AbortSignal = new AbortController().signal): AsyncGenerator<LiveChange<LiveObjects[K]>> {
  while (!signal.aborted) {
    const session = machine.state === 'running' ? life.maybeSession : undefined
    if (session) yield* session.docker.live.watch(kind, signal)
    if (signal.aborted) return
    yield { kind: 'away' }
    await machine.until(({ state }) => state === 'running' && life.maybeSession !== session, signal)
  }
}
