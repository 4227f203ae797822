import type { Companion } from '../life/parts.ts'
import type { DockerEvent } from '../docker/docker-event.ts'
import { isOwn } from '../docker/own-objects.ts'
import { doorImageName } from '../files/volume-door.ts'
import type { Store } from '../store/store.ts'

/** What is remembered of one event of Docker's. */
export interface Remembered {
  kind: string
  detail: Record<string, string | number | boolean>
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

/** Signals by which a program is told something rather than ended: HUP, USR1, USR2, CONT. */
const messages: readonly number[] = [1, 10, 12, 18]

/** Whether a signal that somebody sent explains how a container ended. */
export function explains(signal: number, exitCode: number): boolean {
  return !messages.includes(signal) || exitCode === 128 + signal
}

/** What to remember of an event; undefined for what is of no interest afterwards. An exit was `asked` for when somebody stopped it or sat before it. */
export function rememberedOf({ type, action, id, attributes }: DockerEvent, isAsked = false): Remembered | undefined {
  const [, health] = /^health_status: (\w+)$/.exec(action) ?? []
  const kind = type === 'container' && health !== undefined ? 'container.health' : kinds[`${type} ${action}`]
  if (kind === undefined || isOwn(attributes) || attributes['name'] === doorImageName) return undefined
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
      ...(kind === 'container.exited' && isAsked ? { asked: true } : {}),
      ...(health === undefined ? {} : { health }),
    },
  }
}

/** Remembers what happens in Docker, repeats joined. */
export class DockerActivity {
  readonly #store: Pick<Store, 'addEvent'>
  readonly #now: () => number
  readonly #known = new Map<string, { at: number; repeats: number }>()
  /** Signals that were sent to containers, by their ids, since they started. */
  readonly #signals = new Map<string, number>()
  /** Images of Cove's own: of their removal Docker tells the id alone. */
  readonly #own = new Set<string>()
  /** Containers that somebody's terminal hangs on. */
  readonly #attended = new Set<string>()

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
    if (event.type === 'image' && this.#isOwnImage(event)) return
    const found = rememberedOf(event, event.type === 'container' && this.#isAsked(event))
    if (!found) return
    const { id, exitCode, health, asked } = found.detail
    const key = `${found.kind} ${id} ${exitCode ?? health ?? ''} ${asked ?? ''}`
    const known = this.#known.get(key)
    if (known && this.#now() - known.at < repeatMs) {
      known.repeats++
      return
    }
    this.#known.delete(key)
    this.#known.set(key, { at: this.#now(), repeats: 0 })
    forgetOldest(this.#known)
    this.#store.addEvent(found.kind, known && known.repeats > 0 ? { ...found.detail, repeated: known.repeats } : found.detail)
  }

  #isOwnImage({ action, id, attributes }: DockerEvent): boolean {
    if (action === 'delete') return this.#own.delete(id)
    if (!isOwn(attributes)) return false
    this.#own.add(id)
    forgetOldest(this.#own)
    return true
  }

  /** Notes who did what to a container; for one that ended, whether that explains it. */
  #isAsked({ action, id, attributes }: DockerEvent): boolean {
    if (action === 'kill') {
      this.#signals.set(id, Number(attributes['signal'] ?? 9))
      forgetOldest(this.#signals)
    } else if (action === 'attach' && isForeground(attributes)) {
      this.#attended.add(id)
      forgetOldest(this.#attended)
    } else if (action === 'detach') this.#attended.delete(id)
    else if (action === 'start') this.#signals.delete(id)
    else if (action === 'destroy') this.#forget(id)
    if (action !== 'die') return false
    const signal = this.#signals.get(id)
    const isAsked = this.#attended.has(id) || (signal !== undefined && explains(signal, Number(attributes['exitCode'])))
    this.#forget(id)
    return isAsked
  }

  #forget(id: string): void {
    this.#signals.delete(id)
    this.#attended.delete(id)
  }
}

/** Whether who attaches sits before this one container: of `docker run` and `docker compose run`, not of `docker compose up`, which watches them all. */
function isForeground(attributes: DockerEvent['attributes']): boolean {
  return attributes['com.docker.compose.project'] === undefined || attributes['com.docker.compose.oneoff'] === 'True'
}

/** Keeps a collection from growing without end. */
function forgetOldest(known: Map<string, unknown> | Set<string>): void {
  const [oldest] = known.keys()
  if (known.size > maxKnown && oldest !== undefined) known.delete(oldest)
}
