import type { Container } from '#contract/container.ts'
import type { ContainerLine, LogBatch, LogWish } from '#contract/container-log.ts'
import type { DockerApi } from '../docker/docker-api.ts'
import { containerLogs } from '../docker/container-logs.ts'
import type { LiveDocker } from '../docker/live-docker.ts'

const label = { project: 'com.docker.compose.project', service: 'com.docker.compose.service' } as const

/** Whose logs come together. */
export interface ProjectLogSource {
  api: DockerApi
  live: LiveDocker
  project: string
  /** Empty is all. */
  services: readonly string[]
  /** Where a line is cut, if not as the contract says. */
  maxLineBytes?: number
}

type Logs = AsyncGenerator<LogBatch>

/** The logs of a project's containers: what there is in the order of its times, then, with `follow`, what comes, also of containers that come later. */
export async function* projectLogs(source: ProjectLogSource, wish: LogWish): AsyncGenerator<LogBatch> {
  const { api, live, maxLineBytes } = source
  await live.ready(api.signal)
  const open = (container: Container): Logs => containerLogs({ api, live, id: container.id, name: container.name, ...(maxLineBytes === undefined ? {} : { maxLineBytes }) }, wish)
  const known = (await live.containersNow(api.signal)).filter((container) => belongs(source, container))
  const logs = new Map(known.map((container) => [container.id, open(container)]))
  try {
    yield* inOrder([...logs.values()])
    yield { kind: 'caught-up' }
    if (wish.follow) yield* asTheyCome(source, logs, open)
  } finally {
    await Promise.allSettled([...logs.values()].map((each) => each.return(undefined)))
  }
}

/** Everything up to where each has caught up, the oldest line first; holds one batch of each. */
async function* inOrder(logs: readonly Logs[]): AsyncGenerator<LogBatch> {
  const heads = new Map<Logs, ContainerLine[]>()
  const fill = async (log: Logs): Promise<void> => {
    const { value, done } = await log.next()
    if (done || value.kind === 'caught-up') heads.delete(log)
    else heads.set(log, value.kind === 'lines' ? value.lines : [])
  }
  await Promise.all(logs.map(fill))
  while (heads.size > 0) {
    const lines: ContainerLine[] = []
    // Up to the first that runs dry: beyond it nobody knows what it would have said.
    while ([...heads.values()].every((head) => head.length > 0)) {
      const [oldest] = [...heads.values()].toSorted((a, b) => ((a[0]?.at ?? '') < (b[0]?.at ?? '') ? -1 : 1))
      const line = oldest?.shift()
      if (line) lines.push(line)
    }
    if (lines.length > 0) yield { kind: 'lines', lines }
    await Promise.all([...heads].filter(([, head]) => head.length === 0).map(([log]) => fill(log)))
  }
}

/** Whatever comes next of any of them, until all are gone and the listener has left. */
async function* asTheyCome(source: ProjectLogSource, logs: Map<string, Logs>, open: (container: Container) => Logs): AsyncGenerator<LogBatch> {
  const { live, api } = source
  const pending = new Map<string, Promise<{ id: string; result: IteratorResult<LogBatch, void> }>>()
  let changed = Promise.withResolvers<void>()
  using listening = new DisposableStack()
  const join = (id: string, container: Container | undefined): void => {
    if (!container || logs.has(id) || !belongs(source, container)) return
    logs.set(id, open(container))
    changed.resolve()
  }
  listening.use(live.on('container', join))
  // Those that came while the others were read.
  for (const [id, container] of live.containers) join(id, container)
  const onAbort = (): void => changed.resolve()
  api.signal.addEventListener('abort', onAbort, { once: true })
  listening.defer(() => api.signal.removeEventListener('abort', onAbort))
  while (!api.signal.aborted) {
    for (const [id, log] of logs) if (!pending.has(id)) pending.set(id, log.next().then((result) => ({ id, result })))
    const next = await Promise.race([...pending.values(), changed.promise])
    if (!next) {
      changed = Promise.withResolvers<void>()
      continue
    }
    pending.delete(next.id)
    if (next.result.done) logs.delete(next.id)
    else if (next.result.value.kind !== 'caught-up') yield next.result.value
  }
}

function belongs({ project, services }: ProjectLogSource, { labels }: Container): boolean {
  return labels[label.project] === project && (services.length === 0 || services.includes(labels[label.service] ?? ''))
}
