import { EventEmitter } from 'node:events'
import type { LiveChange } from '#contract/live.ts'
import type { TaskEntry, TaskEvent, TaskRef } from '#contract/task.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { cancelled } from '#base/limit.ts'
import { redact } from '#base/redact.ts'
import type { Activity } from '../sleep/activity.ts'
import type { OpenTask, Store } from '../store/store.ts'
import { TaskFeed } from './task-feed.ts'

/** What came of a task. */
export type TaskResult = Extract<TaskEvent, { kind: 'end' }>['result']

/** One long piece of work. */
export interface TaskWork {
  /** `noun.verb` */
  name: string
  subject: string
  run(feed: TaskFeed, signal: AbortSignal): Promise<TaskResult | void>
}

/** What those that ended told stays readable for so many of them. */
const keptEnded = 30

interface Running {
  entry: TaskEntry
  feed: TaskFeed
  abort: AbortController
  done: Promise<void>
}

/** Long pieces of work that outlive the call which began them; each keeps the vm awake and can be followed and cancelled. */
export class Tasks implements AsyncDisposable {
  readonly #parts: { store: Pick<Store, 'startTask' | 'tasks'>; activity: Activity }
  readonly #running = new Map<number, Running>()
  readonly #ended = new Map<number, { entry: TaskEntry; feed: TaskFeed }>()
  readonly #events = new EventEmitter<{ changed: [id: number] }>().setMaxListeners(0)
  /** For those that the store could not take. */
  #nameless = -1

  constructor(parts: { store: Pick<Store, 'startTask' | 'tasks'>; activity: Activity }) {
    this.#parts = parts
  }

  start(work: TaskWork): TaskRef {
    const open = this.#parts.store.startTask(work.name, work.subject)
    const id = open.id ?? this.#nameless--
    const entry: TaskEntry = { id, name: work.name, subject: work.subject, startedAt: new Date().toISOString(), endedAt: null, outcome: 'running', error: null, isCancellable: true, progress: null }
    const running: Running = { entry, feed: new TaskFeed(() => this.#events.emit('changed', id)), abort: new AbortController(), done: Promise.resolve() }
    this.#running.set(id, running)
    running.done = this.#run(running, work, open)
    this.#events.emit('changed', id)
    return { task: id }
  }

  /** Newest first: those that run, and what the store remembers. */
  list(limit: number): TaskEntry[] {
    const present = (id: number): TaskEntry | undefined => this.#present(id)
    return this.#parts.store.tasks(limit).map((task) => present(task.id) ?? { ...task, isCancellable: false, progress: null })
  }

  /** Those that run, then each that changes: a whole percent of progress is a change, told at most once a read. */
  async *watch(signal: AbortSignal): AsyncGenerator<LiveChange<TaskEntry>> {
    const changed = new Set<number>()
    let wake = (): void => undefined
    const onChanged = (id: number): void => {
      changed.add(id)
      wake()
    }
    const onAbort = (): void => wake()
    this.#events.on('changed', onChanged)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      yield { kind: 'all', objects: [...this.#running.keys()].flatMap((id) => this.#present(id) ?? []) }
      while (!signal.aborted) {
        const ids = [...changed]
        changed.clear()
        const objects = ids.flatMap((id) => this.#present(id) ?? [])
        if (ids.length > 0) yield { kind: 'changed', objects, removed: [] }
        const gone = ids.filter((id) => !this.#running.has(id)).map(String)
        if (gone.length > 0) yield { kind: 'changed', objects: [], removed: gone }
        if (changed.size === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#events.off('changed', onChanged)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** @throws CoveError `task.unknown`. */
  follow(id: number, signal: AbortSignal): AsyncGenerator<TaskEvent> {
    return (this.#running.get(id) ?? this.#ended.get(id) ?? this.#unknown(id)).feed.follow(signal)
  }

  /** @throws CoveError `task.unknown`. */
  async cancel(id: number): Promise<TaskEntry> {
    const running = this.#running.get(id)
    running?.abort.abort(cancelled(running.entry.name))
    await running?.done
    return this.#present(id) ?? this.#unknown(id)
  }

  /** Cancels what runs, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running.values()]
    for (const { abort, entry } of running) abort.abort(new CoveError('engine.stopped', { message: `${entry.name} was cancelled: the engine ends` }))
    await Promise.all(running.map(({ done }) => done))
  }

  async #run({ entry, feed, abort }: Running, work: TaskWork, open: OpenTask): Promise<void> {
    using _awake = this.#parts.activity.hold()
    try {
      const result = await work.run(feed, abort.signal)
      entry.outcome = 'done'
      open.end('done')
      feed.end({ kind: 'end', outcome: 'done', error: null, result: result ?? {} })
    } catch (error) {
      const { code, message, hint, about } = toCoveError(abort.signal.aborted ? abort.signal.reason : error)
      entry.outcome = abort.signal.aborted ? 'cancelled' : 'failed'
      entry.error = redact(message)
      open.end(entry.outcome, message)
      feed.end({ kind: 'end', outcome: entry.outcome, error: { code, message, hint: hint ?? null, about: about ?? null }, result: {} })
    } finally {
      entry.endedAt = new Date().toISOString()
      entry.isCancellable = false
      this.#running.delete(entry.id)
      this.#ended.set(entry.id, { entry, feed })
      const [oldest] = this.#ended.keys()
      if (this.#ended.size > keptEnded && oldest !== undefined) this.#ended.delete(oldest)
      this.#events.emit('changed', entry.id)
    }
  }

  #present(id: number): TaskEntry | undefined {
    const running = this.#running.get(id)
    if (running) return { ...running.entry, progress: running.feed.fraction }
    return this.#ended.get(id)?.entry
  }

  #unknown(id: number): never {
    throw new CoveError('task.unknown', { message: `there is no task ${id}, or it ended long ago`, about: { id }, hint: 'See those there are: cove task list' })
  }
}
