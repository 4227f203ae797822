import { once } from 'node:events'
import type { OutStream } from '../io.ts'
import { styleFor, type Style } from './style.ts'

const widthElsewhere = 100

/** One output stream as a place for text: a terminal with its width and colours, or a plain file or pipe. */
export class Terminal {
  readonly #stream: OutStream
  readonly isTTY: boolean
  readonly style: Style
  /** Whether lines can be drawn over. */
  readonly canRedraw: boolean

  constructor(stream: OutStream, env: NodeJS.ProcessEnv, platform: NodeJS.Platform) {
    this.#stream = stream
    this.isTTY = stream.isTTY === true
    this.canRedraw = this.isTTY && env['TERM'] !== 'dumb'
    this.style = styleFor({ isTTY: this.isTTY, env, platform })
  }

  /** Columns to lay text out for. */
  get columns(): number {
    return this.isTTY ? Math.max(20, this.#stream.columns || 80) : widthElsewhere
  }

  line(text = ''): void {
    this.#stream.write(`${text}\n`)
  }

  raw(text: string): void {
    this.#stream.write(text)
  }

  /** Writes and, when the reader is slower, waits for it. */
  async flow(chunk: string | Uint8Array, signal: AbortSignal): Promise<void> {
    if (!this.#stream.write(chunk)) await once(this.#stream, 'drain', { signal })
  }
}
