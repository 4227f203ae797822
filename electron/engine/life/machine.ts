import { EventEmitter } from 'node:events'
import type { CoveError } from '#contract/errors.ts'
import type { Remark } from '#contract/remark.ts'
import type { EngineState, Status } from '#contract/state.ts'
import { coveVersion } from '#base/version.ts'

/** Which states may follow each; anything may fail. DESIGN.md "Engine states". */
const allowed: Record<EngineState, readonly EngineState[]> = {
  off: ['starting', 'sleeping'],
  starting: ['running', 'stopping'],
  running: ['sleeping', 'stopping', 'starting'],
  sleeping: ['waking', 'stopping'],
  waking: ['running', 'stopping'],
  stopping: ['off'],
  failed: ['starting', 'stopping', 'off'],
}

/** Whether the engine may go from one state to another. */
export function canFollow(from: EngineState, to: EngineState): boolean {
  return to === 'failed' || from === to || allowed[from].includes(to)
}

/** What accompanies a state. */
export interface StateDetail {
  step?: string
  /** Why it failed. */
  error?: CoveError
}

function textOf(remarks: readonly Remark[]): string {
  return remarks.map(({ message }) => message).join()
}

/** The one owner of the engine's state: every change passes here and is published. */
export class Machine {
  #status: Status
  readonly #standing = new Map<string, readonly Remark[]>()
  #ofVm: readonly Remark[] = []
  readonly #events = new EventEmitter<{ change: [Status] }>().setMaxListeners(0)

  constructor(dockerSocket: string) {
    const startedAt = new Date().toISOString()
    this.#status = {
      state: 'off',
      step: null,
      reason: null,
      hint: null,
      code: null,
      about: null,
      since: startedAt,
      warnings: [],
      remarks: [],
      dockerSocket,
      engine: { pid: process.pid, version: coveVersion, startedAt },
      vm: null,
      docker: null,
      bootSteps: [],
    }
  }

  get status(): Status {
    return this.#status
  }

  get state(): EngineState {
    return this.#status.state
  }

  /** Goes to a state. @throws Error when the state may not follow: a bug, never the user's doing. */
  go(state: EngineState, detail: StateDetail = {}): void {
    if (!canFollow(this.state, state)) throw new Error(`state ${state} cannot follow ${this.state}`)
    const since = state === this.state ? this.#status.since : new Date().toISOString()
    const { message: reason = null, hint = null, code = null, about = null } = detail.error ?? {}
    this.update({ state, since, step: detail.step ?? null, reason, hint, code, about })
  }

  /** Warnings that hold whatever the vm does; each source replaces its own. */
  setStandingWarnings(warnings: readonly Remark[], source = 'engine'): void {
    if (textOf(this.#standing.get(source) ?? []) === textOf(warnings)) return
    this.#standing.set(source, warnings)
    this.update({ remarks: [...this.#ofVm] })
  }

  /** Changes what accompanies the present state; `remarks` are the warnings of the vm. */
  update(change: Partial<Omit<Status, 'warnings'>>): void {
    this.#ofVm = change.remarks ?? this.#ofVm
    const remarks = change.remarks ? [...[...this.#standing.values()].flat(), ...change.remarks] : this.#status.remarks
    this.#status = { ...this.#status, ...change, remarks, warnings: remarks.map(({ message }) => message) }
    this.#events.emit('change', this.#status)
  }

  /** Listens until disposed. */
  onChange(listener: (status: Status) => void): Disposable {
    this.#events.on('change', listener)
    return { [Symbol.dispose]: () => void this.#events.off('change', listener) }
  }

  /** The present status, then the latest after each change; a slow reader skips those in between. */
  async *watch(signal?: AbortSignal): AsyncGenerator<Status> {
    let wake: (() => void) | undefined
    let seen: Status | undefined
    const notify = (): void => wake?.()
    using _listening = this.onChange(notify)
    signal?.addEventListener('abort', notify, { once: true })
    try {
      while (!signal?.aborted) {
        if (seen !== this.#status) {
          seen = this.#status
          yield seen
        } else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', notify)
    }
  }

  /** Resolves at the first status that matches, the present one included. */
  async until(matches: (status: Status) => boolean, signal: AbortSignal): Promise<Status> {
    for await (const status of this.watch(signal)) if (matches(status)) return status
    signal.throwIfAborted()
    throw new Error('unreachable: a watch ends only by its signal')
  }
}
