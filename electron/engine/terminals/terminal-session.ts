import type { Duplex } from 'node:stream'
import type { TerminalEvent } from '#contract/terminal.ts'

/** What who comes later sees of before, and how much a reader may leave unread before the program is held back. */
const keptBytes = 256 * 1024

/** How a terminal's program ended. */
export interface TerminalEnd {
  exitCode: number | null
  error: string | null
}

/** What one who is attached has not read. */
interface Reader {
  chunks: Buffer[]
  bytes: number
  wake(): void
}

/** The output of one terminal: the end of it is kept for who comes back, and who reads slowly holds the program back rather than filling memory. */
export class TerminalOutput {
  readonly #readers = new Set<Reader>()
  #kept: Buffer[] = []
  #bytes = 0
  #end: TerminalEnd | undefined
  #onRoom: () => void = () => undefined

  get ended(): TerminalEnd | undefined {
    return this.#end
  }

  /** Takes a program's output until it ends. */
  async pump(stream: Duplex): Promise<void> {
    for await (const chunk of stream) {
      this.#take(chunk as Buffer)
      while (this.#isFull) await new Promise<void>((resolve) => (this.#onRoom = resolve))
    }
  }

  end(end: TerminalEnd): void {
    this.#end ??= end
    for (const reader of this.#readers) reader.wake()
  }

  /** What was printed lately, then what comes, then the end. */
  async *attach(signal: AbortSignal): AsyncGenerator<TerminalEvent> {
    const reader: Reader = { chunks: [...this.#kept], bytes: this.#bytes, wake: () => undefined }
    this.#readers.add(reader)
    const onAbort = (): void => reader.wake()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      while (!signal.aborted) {
        if (reader.bytes > 0) {
          const base64 = Buffer.concat(reader.chunks).toString('base64')
          reader.chunks = []
          reader.bytes = 0
          this.#onRoom()
          yield { kind: 'output', base64 }
        } else if (this.#end) return yield { kind: 'end', ...this.#end }
        else await new Promise<void>((resolve) => (reader.wake = resolve))
      }
    } finally {
      this.#readers.delete(reader)
      signal.removeEventListener('abort', onAbort)
      this.#onRoom()
    }
  }

  get #isFull(): boolean {
    return [...this.#readers].some(({ bytes }) => bytes > keptBytes)
  }

  #take(chunk: Buffer): void {
    this.#kept.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes - (this.#kept[0]?.length ?? 0) >= keptBytes) this.#bytes -= this.#kept.shift()?.length ?? 0
    for (const reader of this.#readers) {
      reader.chunks.push(chunk)
      reader.bytes += chunk.length
      reader.wake()
    }
  }
}
