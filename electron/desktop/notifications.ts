import type { EngineEvent } from '#contract/history.ts'
import type { EngineLink } from './engine-link.ts'
import type { DesktopMemory } from './memory.ts'
import { containersIn, lastOldEvent, noticedKinds, planNotices, type Notice } from './notice-plan.ts'
import type { Words } from './words.ts'

/** What happens together is one notification: the wait after the first event, and the rest after one was shown. */
const pace = { gatherMs: 1000, restMs: 10_000 } as const
/** A container that ends over and over is told of once in this time. */
const sameContainerMs = 600_000
/** Looked at to find where the news begin. */
const newestEvents = 100

/** What notifications are made from. */
export interface NotificationParts {
  link: Pick<EngineLink, 'api' | 'on' | 'off'>
  memory: Pick<DesktopMemory, 'content' | 'remember'>
  words(): Words
  /** Whether the user looks at this place now and needs no telling. */
  isShowing(place: Notice['place']): boolean
  show(notice: Notice): void
}

/** Tells of containers that died and of full disks, each thing once: nothing from before the app began, nothing again after the engine was lost. */
export class Notifications implements Disposable {
  readonly #parts: NotificationParts
  readonly #startedAt = Date.now()
  readonly #told = new Map<string, number>()
  #seen: number
  #waiting: EngineEvent[] = []
  #timer: NodeJS.Timeout | undefined
  #shownAt = -Infinity

  constructor(parts: NotificationParts) {
    this.#parts = parts
    this.#seen = parts.memory.content.lastToldEvent
    parts.link.on('link', this.#onLink)
  }

  readonly #onLink = ({ phase }: { phase: string }): void => {
    // Ends with the connection.
    if (phase === 'connected') this.#follow().catch(() => undefined)
  }

  async #follow(): Promise<void> {
    const { api } = this.#parts.link
    if (!api) return
    const kinds = [...noticedKinds]
    const newest = await api.activity.list({ kinds, limit: newestEvents })
    this.#seen = lastOldEvent(newest, { startedAt: this.#startedAt, lastTold: this.#seen })
    for await (const event of await api.activity.watch({ kinds, after: this.#seen })) {
      this.#seen = event.id
      this.#take(event)
    }
  }

  #take(event: EngineEvent): void {
    this.#waiting.push(event)
    const rest = this.#shownAt + pace.restMs - performance.now()
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(pace.gatherMs, rest)).unref()
  }

  #tell(): void {
    this.#timer = undefined
    const events = this.#waiting
    this.#waiting = []
    const { memory, words, isShowing, show } = this.#parts
    const now = performance.now()
    for (const [id, at] of this.#told) if (now - at >= sameContainerMs) this.#told.delete(id)
    const notices = planNotices(events, { words: words(), wants: memory.content.preferences, isToldOf: (id) => this.#told.has(id) }).filter(({ place }) => !isShowing(place))
    for (const id of containersIn(events)) if (!this.#told.has(id)) this.#told.set(id, now)
    if (notices.length === 0) return
    this.#shownAt = now
    void memory.remember({ lastToldEvent: this.#seen })
    for (const notice of notices) show(notice)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#parts.link.off('link', this.#onLink)
  }
}
