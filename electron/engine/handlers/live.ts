import { implement } from '@orpc/server'
import { imageContract } from '#contract/image.ts'
import type { LiveChange } from '#contract/live.ts'
import { networkContract } from '#contract/network.ts'
import { projectContract } from '#contract/project.ts'
import { volumeContract } from '#contract/volume.ts'
import { withLimit } from '#base/limit.ts'
import type { LiveObjects } from '../docker/live-docker.ts'
import type { EngineParts } from '../parts.ts'

/** How long Docker may take to list one kind of objects. */
const listMs = 20_000

/** Calls on the objects of Docker that the live model keeps. */
export function liveHandlers(parts: EngineParts) {
  const image = implement(imageContract)
  const volume = implement(volumeContract)
  const network = implement(networkContract)
  const project = implement(projectContract)
  return {
    image: {
      list: image.list.handler(({ signal }) => list(parts, 'image', signal)),
      watch: image.watch.handler(({ signal }) => watch(parts, 'image', signal)),
    },
    volume: {
      list: volume.list.handler(({ signal }) => list(parts, 'volume', signal)),
      watch: volume.watch.handler(({ signal }) => watch(parts, 'volume', signal)),
    },
    network: {
      list: network.list.handler(({ signal }) => list(parts, 'network', signal)),
      watch: network.watch.handler(({ signal }) => watch(parts, 'network', signal)),
    },
    project: {
      list: project.list.handler(({ signal }) => list(parts, 'project', signal)),
      watch: project.watch.handler(({ signal }) => watch(parts, 'project', signal)),
    },
  }
}

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
