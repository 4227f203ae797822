import { useEffect } from 'react'
import type { Container } from '#contract/container.ts'
import type { Image } from '#contract/image.ts'
import type { LiveChange } from '#contract/live.ts'
import type { Network } from '#contract/network.ts'
import type { Project } from '#contract/project.ts'
import type { TaskEntry } from '#contract/task.ts'
import type { Volume } from '#contract/volume.ts'
import { connection, type EngineApi } from './connection.ts'
import { readProblem, type Problem } from './problem.ts'
import { applyChanges, noObjects, type LiveObjects } from './live-objects.ts'
import { Store, useStore } from './store.ts'
import { followStream } from './streams.ts'

/** The objects of Docker that are followed, with what one of them is. */
export interface LiveKinds {
  container: Container
  image: Image
  volume: Volume
  network: Network
  project: Project
  task: TaskEntry
}

/** What is known of one kind of objects. */
export interface Live<T> extends LiveObjects<T> {
  problem: Problem | undefined
}

/** One kind of objects, followed as long as somebody looks at it; what was known stays for the next look. */
class LiveStore<K extends keyof LiveKinds> {
  readonly store = new Store<Live<LiveKinds[K]>>({ ...noObjects, problem: undefined })
  readonly #open: (api: EngineApi, signal: AbortSignal) => Promise<AsyncIterable<LiveChange<LiveKinds[K]>>>
  readonly #idOf: (object: LiveKinds[K]) => string
  #watchers = 0
  #leave: (() => void) | undefined

  constructor(idOf: (object: LiveKinds[K]) => string, open: (api: EngineApi, signal: AbortSignal) => Promise<AsyncIterable<LiveChange<LiveKinds[K]>>>) {
    this.#open = open
    this.#idOf = idOf
  }

  /** Follows the objects until what it returns is called; several watchers share one stream. */
  readonly watch = (): (() => void) => {
    if (++this.#watchers === 1) this.#leave = this.#follow()
    return () => {
      if (--this.#watchers > 0) return
      this.#leave?.()
      this.#leave = undefined
    }
  }

  #follow(): () => void {
    let leaving = new AbortController()
    const follow = (): void => {
      leaving.abort()
      const { api } = connection.value
      if (!api) return this.store.set({ ...this.store.value, isCurrent: false })
      leaving = new AbortController()
      const { signal } = leaving
      const onItems = (changes: LiveChange<LiveKinds[K]>[]): void => this.store.set({ ...applyChanges(this.store.value, changes, this.#idOf), problem: undefined })
      const onProblem = (problem: Problem): void => this.store.set({ ...this.store.value, isCurrent: false, problem })
      followStream((ending) => this.#open(api, ending), { onItems, onProblem }, signal).catch((error: unknown) => onProblem(readProblem(error)))
    }
    const unsubscribe = connection.subscribe(follow)
    follow()
    return () => {
      unsubscribe()
      leaving.abort()
      this.store.set({ ...this.store.value, isCurrent: false })
    }
  }
}

const kinds: { [K in keyof LiveKinds]: LiveStore<K> } = {
  container: new LiveStore<'container'>(({ id }) => id, (api, signal) => api.container.watch(undefined, { signal })),
  image: new LiveStore<'image'>(({ id }) => id, (api, signal) => api.image.watch(undefined, { signal })),
  volume: new LiveStore<'volume'>(({ name }) => name, (api, signal) => api.volume.watch(undefined, { signal })),
  network: new LiveStore<'network'>(({ id }) => id, (api, signal) => api.network.watch(undefined, { signal })),
  project: new LiveStore<'project'>(({ name }) => name, (api, signal) => api.project.watch(undefined, { signal })),
  task: new LiveStore<'task'>(({ id }) => String(id), (api, signal) => api.task.watch(undefined, { signal })),
}

/** The objects of a kind, kept current while the component is shown. */
export function useLive<K extends keyof LiveKinds>(kind: K): Live<LiveKinds[K]> {
  const { store, watch } = kinds[kind] as unknown as LiveStore<K>
  useEffect(() => watch(), [watch])
  return useStore(store)
}
