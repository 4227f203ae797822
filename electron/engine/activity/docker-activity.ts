import type { Companion } from '../life/parts.ts'
import type { DockerEvent } from '../docker/docker-event.ts'
import type { Store } from '../store/store.ts'

/** What is remembered of one event of Docker's. */
export interface Remembered {
  kind: string
  detail: Record<string, string | number>
}

/** The same of the same object within this time is one entry: a container that dies every second must not push everything else out. */
const repeatMs = 30_000
const maxKnown = 1000

const kinds: Readonly<Record<string, string>> = {
  'container start': 'container.started',
  'container die': 'container.exited',
  'container oom': 'container.oom-killed',
  'container destroy': 'container.removed',
  'image pull': 'image.pulled',
  'image delete': 'image.removed',
  'volume create': 'volume.created',
  'volume destroy': 'volume.removed',
  'network create': 'network.created',
  'network destroy': 'network.removed',
}

/** What to remember of an event; undefined for what is of no interest afterwards. */
export function rememberedOf({ type, action, id, attributes }: DockerEvent): Remembered | undefined {
  const [, health] = /^health_status: (\w+)$/.exec(action) ?? []
  const kind = type === 'container' && health !== undefined ? 'container.health' : kinds[`${type} ${action}`]
  if (kind === undefined) return undefined
  const exitCode = Number(attributes['exitCode'])
  const project = attributes['com.docker.compose.project']
  return {
    kind,
    detail: {
      id: id.slice(0, 100),
      name: (attributes['name'] ?? id).slice(0, 255),
      ...(type === 'container' && attributes['image'] ? { image: attributes['image'].slice(0, 255) } : {}),
      ...(project ? { project: project.slice(0, 255) } : {}),
      ...(kind === 'container.exited' && Number.isInteger(exitCode) ? { exitCode } : {}),
      ...(health === undefined ? {} : { health }),
    },
  }
}

/** Remembers what happens in Docker, repeats joined. */
export class DockerActivity {
  readonly #store: Pick<Store, 'addEvent'>
  readonly #now: () => number
  readonly #known = new Map<string, { at: number; repeats: number }>()

  constructor(store: Pick<Store, 'addEvent'>, now: () => number = Date.now) {
    this.#store = store
    this.#now = now
  }

  readonly companion: Companion = {
    name: 'docker-activity',
    joinSession: async ({ docker }) => {
      const listening = docker.live.on('event', (event) => this.take(event))
      return { [Symbol.asyncDispose]: async () => listening[Symbol.dispose]() }
    },
  }

  take(event: DockerEvent): void {
    const found = rememberedOf(event)
    if (!found) return
    const key = `${found.kind} ${found.detail['id']} ${found.detail['exitCode'] ?? found.detail['health'] ?? ''}`
    const known = this.#known.get(key)
    if (known && this.#now() - known.at < repeatMs) {
      known.repeats++
      return
    }
    this.#known.delete(key)
    this.#known.set(key, { at: this.#now(), repeats: 0 })
    const [oldest] = this.#known.keys()
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest)
    this.#store.addEvent(found.kind, known && known.repeats > 0 ? { ...found.detail, repeated: known.repeats } : found.detail)
  }
}
