import type { Status } from '#contract/state.ts'
import { bootSteps, sleepSteps, stopSteps } from '#engine/life/boot-steps.ts'
import { formatDuration } from './terminal/format.ts'
import { LiveBlock, oneRow } from './terminal/live-block.ts'
import { harmlessLine } from '#base/harmless.ts'
import type { Terminal } from './terminal/terminal.ts'
import { fitTo, padTo } from './terminal/width.ts'

const widestLabel = 32
const timeColumns = 12
const frameMs = 100

const labels = { ...bootSteps, ...sleepSteps, ...stopSteps }

/** What a step does, in words: `dockerd` is "starting Docker". */
export function stepLabel(step: string): string {
  return harmlessLine(Object.hasOwn(labels, step) ? labels[step as keyof typeof labels].what : step)
}

const busyLabel: Partial<Record<Status['state'], string>> = { starting: 'starting', waking: 'waking', stopping: 'stopping the vm' }

/** What is new between two pictures of the engine: the steps done since and the one under way. */
export function stepsSince(former: Status | undefined, now: Status): { done: Status['bootSteps']; current: string | null } {
  const isBooting = now.state === 'starting' || now.state === 'waking'
  const hasBooted = now.state === 'running' && former !== undefined && former.state !== 'running'
  const told = former?.state === 'starting' || former?.state === 'waking' ? former.bootSteps.length : 0
  const done = isBooting || hasBooted ? now.bootSteps.slice(told <= now.bootSteps.length ? told : 0) : []
  const label = now.step === null ? busyLabel[now.state] : stepLabel(now.step)
  return { done, current: label ?? null }
}

/** Shows a start or stop: on a terminal one moving line and a check mark for each finished step, elsewhere plain lines. */
export class Progress implements Disposable {
  readonly #terminal: Terminal
  readonly #block: LiveBlock
  readonly #timer: NodeJS.Timeout | undefined
  #former: Status | undefined
  #current: { label: string; since: number } | undefined
  #frame = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#block = new LiveBlock(terminal)
    if (terminal.canRedraw) this.#timer = setInterval(() => this.#draw(), frameMs).unref()
  }

  /** Takes in the engine's latest status. */
  observe(status: Status): void {
    const { done, current } = stepsSince(this.#former, status)
    this.#former = status
    for (const { name, ms } of done) this.#finished(stepLabel(name), ms)
    if (current === null) this.#current = undefined
    else if (current !== this.#current?.label) {
      this.#current = { label: current, since: performance.now() }
      // Finished steps tell of a boot; a stop and a sleep have none.
      if (!this.#terminal.canRedraw && (status.state === 'stopping' || status.state === 'sleeping')) this.#terminal.line(current)
    }
    this.#draw()
  }

  /** Marks the step under way as the one that failed. */
  fail(): void {
    if (!this.#current) return
    const { style } = this.#terminal
    this.#permanent(style.red(style.cross), this.#current.label, performance.now() - this.#current.since)
    this.#current = undefined
  }

  get #labelColumns(): number {
    return Math.min(widestLabel, this.#terminal.columns - timeColumns)
  }

  #finished(label: string, ms: number): void {
    this.#permanent(this.#terminal.style.green(this.#terminal.style.check), label, ms)
  }

  #permanent(mark: string, label: string, ms: number): void {
    this.#block.clear()
    const { style, canRedraw } = this.#terminal
    if (canRedraw) this.#terminal.line(`${mark} ${padTo(fitTo(label, this.#labelColumns), this.#labelColumns)} ${style.dim(formatDuration(ms).padStart(8))}`)
    else this.#terminal.line(`${mark} ${label}: ${formatDuration(ms)}`)
  }

  #draw(): void {
    if (!this.#terminal.canRedraw) return
    if (!this.#current) return this.#block.clear()
    const { style } = this.#terminal
    const spinner = style.spinner[this.#frame++ % style.spinner.length] ?? ''
    const time = formatDuration(performance.now() - this.#current.since).padStart(8)
    const text = oneRow(`${padTo(this.#current.label, this.#labelColumns)} ${time}`, this.#terminal, 2)
    this.#block.draw([`${style.yellow(spinner)} ${text}`])
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#block.clear()
  }
}
