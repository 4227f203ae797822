import { EventEmitter, once } from 'node:events'
import type { LiveChange } from '#contract/live.ts'
import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'

/** How objects of one kind are listed and looked up. */
export interface LiveKind<T> {
  /** For the log: "containers". */
  what: string
  idOf(object: T): string
  list(signal: AbortSignal): Promise<T[]>
  /** The object that an event named, or undefined if it is gone. */
  lookUp(id: string, signal: AbortSignal): Promise<T | undefined>
  /** What is none of the objects as far as anybody is concerned. */
  isHidden?(object: T): boolean
  /** What else changes when an object comes or changes: the others as they are from now on. */
  displace?(objects: ReadonlyMap<string, T>, newcomer: T): T[]
}

/** What happens in a list. */
interface ListEvents {
  /** One object appeared, changed or (undefined) went. */
  changed: [id: string, object: unknown]
  /** Everything was listed anew and may have changed. */
  listed: []
  ended: []
}

/** From so many changed objects on, one list is cheaper than asking for each. */
const relistFrom = 20

/** Objects of one kind, kept current: listed when told to, then only those named as changed are asked for. */
export class LiveList<T> implements Disposable {
  readonly #kind: LiveKind<T>
  readonly #log: Logger
  readonly #events = new EventEmitter<ListEvents>().setMaxListeners(0)
  readonly #objects = new Map<string, T>()
  readonly #ending = new AbortController()
  readonly #dirty = new Set<string>()
  #isAllDirty = false
  #isListed = false
  #isRefreshing = false
  #isFollowed = false

  constructor(kind: LiveKind<T>, log: Logger) {
    this.#kind = kind
    this.#log = log
  }

  get objects(): ReadonlyMap<string, T> {
    return this.#objects
  }

  /** Whether they have been listed since the beginning. */
  get isListed(): boolean {
    return this.#isListed
  }

  onChanged(listener: (id: string, object: T | undefined) => void): Disposable {
    return this.#on('changed', listener as (id: string, object: unknown) => void)
  }

  onListed(listener: () => void): Disposable {
    return this.#on('listed', listener)
  }

  /** Resolves once they have been listed. @throws the signal's reason. */
  async ready(signal: AbortSignal): Promise<void> {
    if (!this.#isListed) await once(this.#events, 'listed', { signal: AbortSignal.any([signal, this.#ending.signal]) })
  }

  /** The objects as they are now: the model hears of the latest a moment later than whoever made them. @throws what the source does, the signal's reason. */
  async now(signal: AbortSignal): Promise<T[]> {
    const found = await this.#kind.list(AbortSignal.any([signal, this.#ending.signal]))
    return found.filter((object) => !this.#isHidden(object))
  }

  /** Whether the list is kept at all; until then marks pass it by. */
  get isFollowed(): boolean {
    return this.#isFollowed
  }

  follow(): void {
    this.#isFollowed = true
  }

  /** Something happened to the object with this id: it is looked up in a moment. */
  mark(id: string): void {
    if (!this.#isFollowed) return
    this.#dirty.add(id)
    if (this.#dirty.size > relistFrom) this.#isAllDirty = true
    this.#refresh()
  }

  markAll(): void {
    if (!this.#isFollowed) return
    this.#isAllDirty = true
    this.#refresh()
  }

  /** Everything, then what changes; ends when the list does. Holds no more than the ids that changed since the last read. */
  async *watch(signal: AbortSignal): AsyncGenerator<LiveChange<T>> {
    const ending = AbortSignal.any([signal, this.#ending.signal])
    const changed = new Set<string>()
    let isAll = this.#isListed
    let wake = (): void => undefined
    using listening = new DisposableStack()
    listening.use(this.onChanged((id) => (changed.add(id), wake())))
    listening.use(this.onListed(() => ((isAll = true), wake())))
    const onAbort = (): void => wake()
    ending.addEventListener('abort', onAbort, { once: true })
    listening.defer(() => ending.removeEventListener('abort', onAbort))
    while (!ending.aborted) {
      if (isAll) {
        isAll = false
        changed.clear()
        yield { kind: 'all', objects: [...this.#objects.values()] }
      } else if (changed.size > 0) {
        const ids = [...changed]
        changed.clear()
        yield { kind: 'changed', objects: ids.flatMap((id) => this.#objects.get(id) ?? []), removed: ids.filter((id) => !this.#objects.has(id)) }
      } else await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  [Symbol.dispose](): void {
    this.#ending.abort()
  }

  #on<E extends keyof ListEvents>(event: E, listener: (...args: ListEvents[E]) => void): Disposable {
    this.#events.on(event, listener as never)
    return { [Symbol.dispose]: () => void this.#events.off(event, listener as never) }
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
      const isAll = this.#isAllDirty
      try {
        if (isAll) await this.#listAll()
        else await this.#lookUp()
      } catch (error) {
        if (this.#ending.signal.aborted) return
        if (!isAll) {
          // It may have been this one request alone, and its event does not come again.
          this.#isAllDirty = true
          continue
        }
        // Docker or the tunnel is away, which breaks the event stream too; its return lists everything.
        this.#log.warn(`${this.#kind.what} could not be listed`, { why: toCoveError(error).message })
        this.#isAllDirty = false
        this.#dirty.clear()
        return
      }
    }
  }

  async #listAll(): Promise<void> {
    this.#isAllDirty = false
    this.#dirty.clear()
    const found = await this.#kind.list(this.#ending.signal)
    this.#objects.clear()
    for (const object of found) if (!this.#isHidden(object)) this.#objects.set(this.#kind.idOf(object), object)
    this.#isListed = true
    this.#events.emit('listed')
  }

  async #lookUp(): Promise<void> {
    const [id = ''] = this.#dirty
    this.#dirty.delete(id)
    const object = await this.#kind.lookUp(id, this.#ending.signal)
    if (object === undefined || this.#isHidden(object)) {
      if (this.#objects.delete(id)) this.#events.emit('changed', id, undefined)
      return
    }
    for (const other of this.#kind.displace?.(this.#objects, object) ?? []) this.#set(other)
    this.#set(object)
  }

  #isHidden(object: T): boolean {
    return this.#kind.isHidden?.(object) ?? false
  }

  #set(object: T): void {
    const id = this.#kind.idOf(object)
    this.#objects.set(id, object)
    this.#events.emit('changed', id, object)
  }
}
