import { EventEmitter } from 'node:events'
import type { Container } from '#contract/container.ts'
import type { Image } from '#contract/image.ts'
import type { LiveChange } from '#contract/live.ts'
import type { Network } from '#contract/network.ts'
import type { Project } from '#contract/project.ts'
import type { Volume } from '#contract/volume.ts'
import type { Logger } from '#base/log.ts'
import { isAlive } from './container.ts'
import { changesContainer, type DockerEvent } from './docker-event.ts'
import { type EventFollower, followEvents } from './event-stream.ts'
import { type LiveKind, LiveList } from './live-list.ts'
import { watchProjects } from './live-projects.ts'

/** What the live model asks Docker. */
export interface LiveSource {
  openEvents(signal: AbortSignal): Promise<AsyncIterable<Buffer>>
  containers: LiveKind<Container>
  images: LiveKind<Image>
  volumes: LiveKind<Volume>
  networks: LiveKind<Network>
  /** Resolves when whatever Docker is doing with a container shows in its list. */
  settled(containerId: string, signal: AbortSignal): Promise<void>
}

/** What happens in a live model. */
export interface LiveEvents {
  /** One container appeared, changed or (undefined) went. */
  container: [id: string, container: Container | undefined]
  /** Every container was listed anew and may have changed: at the beginning and after the event stream was away. */
  listed: []
  /** Any event of Docker, as it came; the model may not have taken it in yet. */
  event: [DockerEvent]
}

/** The kinds of objects that can be watched, with what one of them is. */
export interface LiveObjects {
  container: Container
  image: Image
  volume: Volume
  network: Network
  project: Project
}

/**
 * Docker's objects, kept current by its events. Containers are followed from the beginning, the other kinds from when somebody first asks.
 * Events are noted at once and looked up afterwards, however many: dockerd drops those that a slow reader leaves.
 */
export class LiveDocker implements Disposable {
  readonly #events = new EventEmitter<LiveEvents>().setMaxListeners(0)
  readonly #opened = new DisposableStack()
  readonly #ending = new AbortController()
  readonly #settled: LiveSource['settled']
  readonly #containers: LiveList<Container>
  readonly #others: { readonly [K in 'image' | 'volume' | 'network']: LiveList<LiveObjects[K]> }
  readonly #stream: EventFollower
  #isStreamOpen = false

  constructor(source: LiveSource, log: Logger) {
    this.#settled = (id, signal) => source.settled(id, signal)
    this.#opened.defer(() => this.#ending.abort())
    this.#containers = this.#opened.use(new LiveList(source.containers, log))
    this.#others = {
      image: this.#opened.use(new LiveList(source.images, log)),
      volume: this.#opened.use(new LiveList(source.volumes, log)),
      network: this.#opened.use(new LiveList(source.networks, log)),
    }
    this.#containers.follow()
    this.#opened.use(this.#containers.onChanged((id, container) => this.#events.emit('container', id, container)))
    this.#opened.use(this.#containers.onListed(() => this.#events.emit('listed')))
    this.#stream = this.#opened.use(
      followEvents({
        open: (signal) => source.openEvents(signal),
        onOpen: () => this.#onOpen(),
        onEvent: (event) => this.#onEvent(event),
        log,
      }),
    )
  }

  /** Every container by its id, stopped ones included. */
  get containers(): ReadonlyMap<string, Container> {
    return this.#containers.objects
  }

  /** Every container as Docker has it now: events come a moment after `docker run` has returned. @throws what Docker says, the signal's reason. */
  containersNow(signal: AbortSignal): Promise<Container[]> {
    return this.#containers.now(signal)
  }

  /** How many containers have living processes. */
  get alive(): number {
    return this.#containers.objects.values().reduce((count, container) => count + (isAlive(container) ? 1 : 0), 0)
  }

  /** Whether the containers have been listed. */
  get isListed(): boolean {
    return this.#containers.isListed
  }

  on<E extends keyof LiveEvents>(event: E, listener: (...args: LiveEvents[E]) => void): Disposable {
    this.#events.on(event, listener as never)
    return { [Symbol.dispose]: () => void this.#events.off(event, listener as never) }
  }

  /** Lets go of a Docker that ends, until it is there again: it gives a client's stream five seconds to end (moby's cmd/dockerd). */
  letGo(untilAgain: Promise<unknown>): void {
    this.#stream.hold(untilAgain)
  }

  /** Resolves once the containers have been listed. @throws the signal's reason. */
  ready(signal: AbortSignal): Promise<void> {
    return this.#containers.ready(signal)
  }

  /** All objects of a kind, then what changes, until the signal or the end of the model. */
  watch<K extends keyof LiveObjects>(kind: K, signal: AbortSignal): AsyncGenerator<LiveChange<LiveObjects[K]>>
  watch(kind: keyof LiveObjects, signal: AbortSignal): AsyncGenerator<LiveChange<LiveObjects[keyof LiveObjects]>> {
    switch (kind) {
      case 'container':
        return this.#containers.watch(signal)
      case 'project':
        return watchProjects(this.#containers, signal)
      case 'image':
        return this.#follow(this.#others.image).watch(signal)
      case 'volume':
        return this.#follow(this.#others.volume).watch(signal)
      case 'network':
        return this.#follow(this.#others.network).watch(signal)
    }
  }

  [Symbol.dispose](): void {
    this.#opened.dispose()
  }

  #follow<T>(list: LiveList<T>): LiveList<T> {
    if (list.isFollowed) return list
    list.follow()
    // Without the stream nothing would keep the list current; its opening lists everything that is followed.
    if (this.#isStreamOpen) list.markAll()
    return list
  }

  #onOpen(): void {
    this.#isStreamOpen = true
    this.#containers.markAll()
    for (const list of Object.values(this.#others)) list.markAll()
  }

  #onEvent(event: DockerEvent): void {
    const { type, action, id, attributes } = event
    // A prune names nothing; what it removed is told one by one.
    if (type === 'container' && id !== '' && changesContainer(action)) this.#containers.mark(id)
    if (isOther(type) && id !== '') this.#others[type].mark(id)
    // Who joins or leaves a network is told of the network alone.
    if (type === 'network' && attributes['container']) this.#onMember(attributes['container'])
    this.#events.emit('event', event)
  }

  /** Docker tells that a running container joined a network before its list does; one that starts has an event of its own afterwards. */
  #onMember(id: string): void {
    this.#containers.mark(id)
    const container = this.#containers.objects.get(id)
    if (!container || !isAlive(container)) return
    void this.#settled(id, this.#ending.signal)
      .catch(() => undefined)
      .then(() => this.#containers.mark(id))
  }
}

function isOther(type: string): type is 'image' | 'volume' | 'network' {
  return type === 'image' || type === 'volume' || type === 'network'
}
