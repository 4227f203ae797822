import { cancelled } from '#base/limit.ts'
import type { TransferEvent, TransferItem, TransferPlan } from '#contract/transfer.ts'

/** How often progress is told, in ms. */
const progressMs = 200

/** Takes in what a transfer does. */
export class Report {
  readonly #queue: TransferEvent[] = []
  #progress: Extract<TransferEvent, { type: 'progress' }> | undefined
  #wake: (() => void) | undefined
  #isClosed = false
  #phase: { name: 'verify' | 'copy'; bytes: number; total: number | null; since: number; toldAt: number } = { name: 'copy', bytes: 0, total: null, since: 0, toldAt: -Infinity }

  plan(plan: TransferPlan): void {
    this.#push({ type: 'plan', plan })
  }

  /** A thing is done. */
  item(item: TransferItem): void {
    this.#push({ type: 'item', item })
  }

  phase(name: 'verify' | 'copy', total: number | null): void {
    this.#phase = { name, bytes: 0, total, since: performance.now(), toldAt: -Infinity }
  }

  /** Bytes of the phase moved. Progress that nobody has taken yet is replaced: a slow reader costs no memory. */
  moved(current: string, bytes: number): void {
    const phase = this.#phase
    phase.bytes += bytes
    const now = performance.now()
    if (now - phase.toldAt < progressMs) return
    phase.toldAt = now
    const seconds = Math.max(0.001, (now - phase.since) / 1000)
    this.#progress = { type: 'progress', phase: phase.name, current, bytes: phase.bytes, totalBytes: phase.total, bytesPerSecond: Math.round(phase.bytes / seconds) }
    this.#wake?.()
  }

  end(bytes: number, sha256: string | null): void {
    this.#push({ type: 'end', bytes, sha256 })
  }

  /** Nothing more will come. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  /** What is new; waits for it until there is something or nothing more will come. */
  async take(): Promise<TransferEvent[]> {
    if (this.#queue.length === 0 && !this.#progress && !this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve))
    const progress = this.#progress
    this.#progress = undefined
    return [...(progress ? [progress] : []), ...this.#queue.splice(0)]
  }

  #push(event: TransferEvent): void {
    // What was told of the progress before is older than this.
    this.#progress = undefined
    this.#queue.push(event)
    this.#wake?.()
  }
}

/** Runs a transfer and streams what it tells. When the reader leaves or the signal fires, the work is cancelled and has tidied up before the stream ends. */
export async function* reported(work: (report: Report, signal: AbortSignal) => Promise<void>, outer: AbortSignal | undefined): AsyncGenerator<TransferEvent> {
  const own = new AbortController()
  const report = new Report()
  const signal = outer ? AbortSignal.any([outer, own.signal]) : own.signal
  let isDone = false
  const running = work(report, signal).finally(() => {
    isDone = true
    report.close()
  })
  const settled = running.catch(() => undefined)
  try {
    while (!isDone) yield* await report.take()
    await running
    yield* await report.take()
  } finally {
    own.abort(cancelled('the transfer'))
    await settled
  }
}
