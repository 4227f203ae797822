import type { Usage, UsageRound } from '#contract/usage.ts'
import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import { DockerApi, objectPath } from '../docker/docker-api.ts'
import type { DockerClient } from '../docker/docker-client.ts'
import { cpuMark, isRunningStats, Stats, usageOf, type CpuMark } from '../docker/container-usage.ts'
import type { Samples } from '../store/samples.ts'

/** How often containers are asked, for the store alone and while somebody watches; and how often the store takes what is watched. */
const pace = { aloneMs: 30_000, watchedMs: 2000, storedMs: 10_000 }
/** Questions under way at once. */
const atOnce = 8
/** Of more running containers only so many are asked in a round. */
const maxAsked = 1000

/** What a sampler works with. */
export interface SamplerParts {
  docker: Pick<DockerClient, 'live' | 'send'>
  samples: Samples
  log: Logger
  /** Asking a vm that stands still would wait for it. */
  isPaused: () => boolean
  pace?: typeof pace
}

/** Asks the running containers of one session what they use: seldom for the store, often while somebody watches, never while none runs. */
export class Sampler implements Disposable {
  readonly #parts: SamplerParts
  readonly #pace: typeof pace
  readonly #ending = new AbortController()
  readonly #listening = new DisposableStack()
  readonly #marks = new Map<string, CpuMark>()
  readonly #watchers = new Set<(round: UsageRound) => void>()
  #last: UsageRound | undefined
  #timer: NodeJS.Timeout | undefined
  #isAsking = false
  #storedAt = 0

  constructor(parts: SamplerParts) {
    this.#parts = parts
    this.#pace = parts.pace ?? pace
    const { live } = parts.docker
    this.#listening.use(live.on('listed', () => this.#schedule()))
    this.#listening.use(live.on('container', () => this.#schedule()))
    this.#schedule()
  }

  /** Every round from now on, the newest for a slow reader; ends with the signal or the session. */
  async *watch(signal: AbortSignal): AsyncGenerator<UsageRound> {
    const ending = AbortSignal.any([signal, this.#ending.signal])
    let newest = this.#last
    let wake = (): void => undefined
    const onRound = (round: UsageRound): void => {
      newest = round
      wake()
    }
    const onAbort = (): void => wake()
    ending.addEventListener('abort', onAbort, { once: true })
    this.#watchers.add(onRound)
    this.#reschedule()
    try {
      while (!ending.aborted) {
        const round = newest
        newest = undefined
        if (round) yield round
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#watchers.delete(onRound)
      ending.removeEventListener('abort', onAbort)
      this.#reschedule()
    }
  }

  [Symbol.dispose](): void {
    this.#ending.abort()
    clearTimeout(this.#timer)
    this.#listening.dispose()
  }

  #reschedule(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#isAsking || this.#ending.signal.aborted) return
    if (this.#parts.docker.live.alive === 0 && this.#last?.usages.length === 0) return
    const isWatched = this.#watchers.size > 0
    // The first round of a watch comes at once; it is what a list shows.
    const delay = isWatched ? (this.#last === undefined ? 0 : this.#pace.watchedMs) : this.#pace.aloneMs
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#isAsking = true
      void this.#ask().finally(() => {
        this.#isAsking = false
        this.#schedule()
      })
    }, delay).unref()
  }

  async #ask(): Promise<void> {
    if (this.#parts.isPaused()) return
    const running = this.#parts.docker.live.containers.values().filter(({ state }) => state === 'running').take(maxAsked).map(({ id }) => id).toArray()
    const api = new DockerApi(this.#parts.docker.send, this.#ending.signal)
    const usages: (Usage & { id: string })[] = []
    const waiting = [...running]
    const worker = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const usage = await this.#usageOf(api, id)
        if (usage) usages.push({ id, ...usage })
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, worker))
    if (this.#ending.signal.aborted) return
    for (const id of this.#marks.keys()) if (!running.includes(id)) this.#marks.delete(id)
    this.#last = { usages }
    for (const tell of this.#watchers) tell(this.#last)
    if (usages.length === 0 || Date.now() - this.#storedAt < this.#pace.storedMs) return
    this.#storedAt = Date.now()
    this.#parts.samples.add(usages)
  }

  async #usageOf(api: DockerApi, id: string): Promise<Usage | undefined> {
    try {
      const stats = await api.get(`${objectPath('containers', id, 'stats')}?stream=0&one-shot=1`, Stats)
      if (!isRunningStats(stats)) return undefined
      const usage = usageOf(stats, this.#marks.get(id))
      this.#marks.set(id, cpuMark(stats))
      return usage
    } catch (error) {
      // It ended meanwhile, or Docker is away: the next round tells.
      this.#parts.log.debug('a container was not asked what it uses', { id, why: toCoveError(error).message })
      return undefined
    }
  }
}
