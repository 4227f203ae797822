import type { BuildStep } from '#contract/build-step.ts'
import type { LayerProgress, TaskEvent } from '#contract/task.ts'

/** The end of a task's output that is kept for who comes later, and for who reads slowly. */
const keptChars = 256 * 1024
/** A pull has tens of layers and a build hundreds of steps; a task that invents more is not listened to. */
const maxParts = 5000

type End = Extract<TaskEvent, { kind: 'end' }>
type Progress = Extract<TaskEvent, { kind: 'progress' }>

/** What one task told so far. Whoever follows gets all of it, then what changes; a slow reader gets the newest of each. */
export class TaskFeed {
  readonly #layers = new Map<string, LayerProgress>()
  readonly #steps = new Map<string, BuildStep>()
  readonly #followers = new Set<Follower>()
  #output = ''
  #progress: Progress | undefined
  #end: End | undefined
  #toldPercent: number | undefined
  readonly #onProgress: () => void

  /** Told whenever the fraction is another whole percent. */
  constructor(onProgress: () => void = () => undefined) {
    this.#onProgress = onProgress
  }

  get ended(): End | undefined {
    return this.#end
  }

  get steps(): BuildStep[] {
    return [...this.#steps.values()]
  }

  get output(): string {
    return this.#output
  }

  /** From 0 to 1, where somebody knows. */
  get fraction(): number | null {
    if (this.#progress?.totalBytes) return Math.min(1, this.#progress.doneBytes / this.#progress.totalBytes)
    const layers = [...this.#layers.values()].filter(({ totalBytes }) => totalBytes !== null && totalBytes > 0)
    if (layers.length === 0) return null
    return Math.min(1, layers.reduce((sum, { currentBytes, totalBytes }) => sum + Math.min(1, (currentBytes ?? 0) / (totalBytes ?? 1)), 0) / layers.length)
  }

  write(text: string): void {
    if (text === '') return
    this.#output = (this.#output + text).slice(-keptChars)
    this.#tell((follower) => (follower.output = (follower.output + text).slice(-keptChars)))
  }

  setLayers(layers: readonly LayerProgress[]): void {
    for (const layer of layers) if (this.#layers.has(layer.id) || this.#layers.size < maxParts) this.#layers.set(layer.id, layer)
    this.#tell((follower) => layers.forEach(({ id }) => follower.layers.add(id)))
    this.#tellFraction()
  }

  setSteps(steps: readonly BuildStep[]): void {
    for (const step of steps) if (this.#steps.has(step.id) || this.#steps.size < maxParts) this.#steps.set(step.id, step)
    this.#tell((follower) => steps.forEach(({ id }) => follower.steps.add(id)))
  }

  setProgress(what: string, doneBytes: number, totalBytes: number | null): void {
    this.#progress = { kind: 'progress', what, doneBytes, totalBytes }
    this.#tell((follower) => (follower.hasProgress = true))
    this.#tellFraction()
  }

  end(end: End): void {
    this.#end ??= end
    this.#tell(() => undefined)
  }

  /** Everything told so far, then what comes, up to the end. */
  async *follow(signal: AbortSignal): AsyncGenerator<TaskEvent> {
    const follower = new Follower(this.#output, [...this.#layers.keys()], [...this.#steps.keys()])
    follower.hasProgress = this.#progress !== undefined
    this.#followers.add(follower)
    const onAbort = (): void => follower.wake()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      while (!signal.aborted) {
        yield* this.#news(follower)
        if (follower.hasNews) continue
        if (this.#end) return yield this.#end
        await new Promise<void>((resolve) => (follower.wake = resolve))
      }
    } finally {
      this.#followers.delete(follower)
      signal.removeEventListener('abort', onAbort)
    }
  }

  *#news(follower: Follower): Generator<TaskEvent> {
    const { output, layers, steps, hasProgress } = follower.take()
    if (layers.length > 0) yield { kind: 'layers', layers: layers.flatMap((id) => this.#layers.get(id) ?? []) }
    if (steps.length > 0) yield { kind: 'steps', steps: steps.flatMap((id) => this.#steps.get(id) ?? []) }
    if (output !== '') yield { kind: 'output', text: output }
    if (hasProgress && this.#progress) yield this.#progress
  }

  #tellFraction(): void {
    const { fraction } = this
    const percent = fraction === null ? undefined : Math.floor(fraction * 100)
    if (percent === this.#toldPercent) return
    this.#toldPercent = percent
    this.#onProgress()
  }

  #tell(note: (follower: Follower) => void): void {
    for (const follower of this.#followers) {
      note(follower)
      follower.wake()
    }
  }
}

/** What one reader has not read. */
class Follower {
  output: string
  layers: Set<string>
  steps: Set<string>
  hasProgress = false
  wake: () => void = () => undefined

  constructor(output: string, layers: string[], steps: string[]) {
    this.output = output
    this.layers = new Set(layers)
    this.steps = new Set(steps)
  }

  get hasNews(): boolean {
    return this.output !== '' || this.layers.size > 0 || this.steps.size > 0 || this.hasProgress
  }

  take(): { output: string; layers: string[]; steps: string[]; hasProgress: boolean } {
    const taken = { output: this.output, layers: [...this.layers], steps: [...this.steps], hasProgress: this.hasProgress }
    this.output = ''
    this.layers.clear()
    this.steps.clear()
    this.hasProgress = false
    return taken
  }
}
