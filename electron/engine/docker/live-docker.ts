import { EventEmitter, once } from 'node:events'
import type { Readable } from 'node:stream'
import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import { type Container, isAlive } from './container.ts'
import { changesContainer, type DockerEvent } from './docker-event.ts'
import { followEvents } from './event-stream.ts'

/** What the live model asks Docker. */
export interface LiveSource {
  openEvents(signal: AbortSignal): Promise<Readable>
  /** Every container, or the one with this id if it still exists. */
  listContainers(signal: AbortSignal, id?: string): Promise<Container[]>
}

/** What happens in a live model. */
export interface LiveEvents {
  /** One container appeared, changed or (undefined) went. */
  container: [id: string, container: Container | undefined]
  /** Everything was listed anew and may have changed: at the beginning and after the event stream was away. */
  listed: []
  /** Any event of Docker, as it came; the model may not have taken it in yet. */
  event: [DockerEvent]
}

/** From so many changed containers on, one list is cheaper than asking for each. */
const relistFrom = 20

/**
 * Docker's containers, kept current: listed once the event stream is open, then only the one that changed is asked for.
 * Events are noted at once and looked up afterwards, however many: dockerd drops those that a slow reader leaves.
 */
export class LiveDocker implements Disposable {
  readonly #source: LiveSource
  readonly #log: Logger
  readonly #events = new EventEmitter<LiveEvents>().setMaxListeners(0)
  readonly #containers = new Map<string, Container>()
  readonly #ending = new AbortController()
  readonly #following: Disposable
  readonly #dirty = new Set<string>()
  #isAllDirty = false
  #isListed = false
  #isRefreshing = false

  constructor(source: LiveSource, log: Logger) {
    this.#source = source
    this.#log = log
    this.#following = followEvents({
      open: (signal) => source.openEvents(signal),
      onOpen: () => this.#markAll(),
      onEvent: (event) => this.#onEvent(event),
      log,
    })
  }

  /** Every container by its id, stopped ones included. */
  get containers(): ReadonlyMap<string, Container> {
    return this.#containers
  }

  /** How many containers have living processes. */
  get alive(): number {
    return this.#containers.values().reduce((count, container) => count + (isAlive(container) ? 1 : 0), 0)
  }

  /** Whether the containers have been listed. */
  get isListed(): boolean {
    return this.#isListed
  }

  on<E extends keyof LiveEvents>(event: E, listener: (...args: LiveEvents[E]) => void): Disposable {
    this.#events.on(event, listener as never)
    return { [Symbol.dispose]: () => void this.#events.off(event, listener as never) }
  }

  /** Resolves once the containers have been listed. @throws the signal's reason. */
  async ready(signal: AbortSignal): Promise<void> {
    if (!this.#isListed) await once(this.#events, 'listed', { signal: AbortSignal.any([signal, this.#ending.signal]) })
  }

  [Symbol.dispose](): void {
    this.#ending.abort()
    this.#following[Symbol.dispose]()
  }

  #onEvent(event: DockerEvent): void {
    if (event.type === 'container' && changesContainer(event.action)) this.#mark(event.id)
    this.#events.emit('event', event)
  }

  #mark(id: string): void {
    this.#dirty.add(id)
    if (this.#dirty.size > relistFrom) this.#markAll()
    else this.#refresh()
  }

  #markAll(): void {
    this.#isAllDirty = true
    this.#refresh()
  }

  #refresh(): void {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    void this.#refreshAll().finally(() => (this.#isRefreshing = false))
  }

  async #refreshAll(): Promise<void> {
    // What came in the same chunk is looked up together.
    await Promise.resolve()
    while (!this.#ending.signal.aborted && (this.#isAllDirty || this.#dirty.size > 0)) {
      try {
        if (this.#isAllDirty) await this.#listAll()
        else await this.#lookUp()
      } catch (error) {
        if (this.#ending.signal.aborted) return
        // Docker or the tunnel is away, which breaks the event stream too; its return lists everything.
        this.#log.warn('containers could not be listed', { why: toCoveError(error).message })
        this.#isAllDirty = false
        this.#dirty.clear()
        return
      }
    }
  }

  async #listAll(): Promise<void> {
    this.#isAllDirty = false
    this.#dirty.clear()
    const found = await this.#source.listContainers(this.#ending.signal)
    this.#containers.clear()
    for (const container of found) this.#containers.set(container.id, container)
    this.#isListed = true
    this.#events.emit('listed')
  }

  async #lookUp(): Promise<void> {
    const [id = ''] = this.#dirty
    this.#dirty.delete(id)
    const container = (await this.#source.listContainers(this.#ending.signal, id)).find((one) => one.id === id)
    if (container) this.#containers.set(id, container)
    else this.#containers.delete(id)
    this.#events.emit('container', id, container)
  }
}
