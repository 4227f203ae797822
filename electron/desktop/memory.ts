import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Status } from '#contract/state.ts'
import { makeFolder } from '#base/folder.ts'
import { writeJson } from '#base/json-file.ts'
import type { CovePaths } from '#base/paths.ts'

/** Where the window was. */
export const WindowBounds = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number(), isMaximized: z.boolean() })
export type WindowBounds = z.infer<typeof WindowBounds>

/** Settings that the app needs before the engine can be asked. */
export const Preferences = z.object({
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  language: z.string().catch('system'),
  startVm: z.boolean().catch(true),
  startAtLogin: z.boolean().catch(false),
  notifyExits: z.boolean().catch(true),
  notifyOom: z.boolean().catch(true),
  notifyDisk: z.boolean().catch(true),
  onQuit: z.enum(['ask', 'keep', 'stop']).catch('ask'),
})
export type Preferences = z.infer<typeof Preferences>

const Memory = z.object({
  bounds: WindowBounds.nullable().catch(null),
  preferences: Preferences.catch(() => Preferences.parse({})),
  lastStatus: Status.nullable().catch(null),
  /** The last event that a notification told of, by its id. */
  lastToldEvent: z.int().min(0).catch(0),
})
type Memory = z.infer<typeof Memory>

/** What the app remembers between two runs; losing it costs nothing but a default. */
export class DesktopMemory {
  readonly #path: string
  #content: Memory
  #queue: Promise<void> = Promise.resolve()

  constructor(paths: CovePaths) {
    makeFolder(paths.home)
    makeFolder(paths.desktopDir)
    this.#path = paths.desktopMemory
    this.#content = Memory.parse(readQuietly(this.#path))
  }

  get content(): Readonly<Memory> {
    return this.#content
  }

  /** Remembers; resolves when it is on disk (or could not be). */
  remember(part: Partial<Memory>): Promise<void> {
    this.#content = { ...this.#content, ...part }
    this.#queue = this.#queue.then(() => writeJson(this.#path, this.#content)).catch(() => undefined)
    return this.#queue
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#queue
  }
}

/** Read at once, before anything is shown: a few hundred bytes. */
function readQuietly(path: string): unknown {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : {}
  } catch {
    return {}
  }
}
