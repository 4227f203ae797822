import { useEffect, useEffectEvent } from 'react'
import { connection, type EngineApi } from './connection.ts'
import { readProblem, type Problem } from './problem.ts'
import { useStore } from './store.ts'

/** Opens a stream of the contract. */
export type OpenStream<T> = (api: EngineApi, signal: AbortSignal) => Promise<AsyncIterable<T>>

/** What becomes of a stream's items. */
export interface StreamListener<T> {
  /** Everything that came since the last call, at most once per frame that is painted. */
  onItems(items: T[]): void
  /** The stream was opened, at first or anew after the connection was lost: what was shown may be stale. */
  onOpen?(): void
  onProblem?(problem: Problem): void
}

let openStreams = 0

/** Follows one stream until the signal fires; resolves when it has ended. */
export async function followStream<T>(open: (signal: AbortSignal) => Promise<AsyncIterable<T>>, listener: StreamListener<T>, signal: AbortSignal): Promise<void> {
  const batch = new Batch(listener.onItems, signal)
  // An abort that overtakes its own call is lost, and the engine would tell nobody for ever: it waits until the call was answered.
  const ending = new AbortController()
  countStreams(+1)
  try {
    const stream = await open(ending.signal)
    signal.addEventListener('abort', () => ending.abort(), { once: true })
    if (signal.aborted) ending.abort()
    for await (const item of stream) {
      if (signal.aborted) return
      batch.add(item)
    }
  } catch (error) {
    if (!signal.aborted) listener.onProblem?.(readProblem(error))
  } finally {
    countStreams(-1)
  }
}

/** Where tests see that a view which was left has closed its streams. */
function countStreams(change: number): void {
  openStreams += change
  document.documentElement.dataset['streams'] = String(openStreams)
}

/** Hands items on together: a thousand events between two frames are one change of what is shown. */
class Batch<T> {
  readonly #onItems: (items: T[]) => void
  readonly #signal: AbortSignal
  #items: T[] = []

  constructor(onItems: (items: T[]) => void, signal: AbortSignal) {
    this.#onItems = onItems
    this.#signal = signal
  }

  add(item: T): void {
    if (this.#items.push(item) > 1) return
    // A hidden page paints no frames.
    if (document.hidden) setTimeout(() => this.#flush())
    else requestAnimationFrame(() => this.#flush())
  }

  #flush(): void {
    const items = this.#items
    this.#items = []
    if (!this.#signal.aborted) this.#onItems(items)
  }
}

/** A stream for as long as a component is shown: opened anew with each connection and each `key`, closed when it leaves. */
export function useStream<T>(key: string | null, open: OpenStream<T>, listener: StreamListener<T>): void {
  const { api } = useStore(connection)
  const openNow = useEffectEvent(open)
  const onItems = useEffectEvent((items: T[]) => listener.onItems(items))
  const onOpen = useEffectEvent(() => listener.onOpen?.())
  const onProblem = useEffectEvent((problem: Problem) => listener.onProblem?.(problem))
  useEffect(() => {
    if (!api || key === null) return
    const leaving = new AbortController()
    onOpen()
    void followStream((signal) => openNow(api, signal), { onItems, onProblem }, leaving.signal)
    return () => leaving.abort()
  }, [api, key])
}
