import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import type { Container } from '#contract/container.ts'
import { toCoveError } from '#contract/errors.ts'
import type { EngineLinkState } from '#contract/desktop-bridge.ts'
import type { LiveChange } from '#contract/live.ts'
import type { Project } from '#contract/project.ts'
import type { SettingEntry } from '#contract/setting.ts'
import type { Status } from '#contract/state.ts'
import { openEngineSocket, type EngineApi, type EngineClient } from '#base/engine-client.ts'
import { ensureEngine } from '#base/engine-process.ts'
import type { CovePaths } from '#base/paths.ts'
import { backOffMs } from './back-off.ts'

/** The calls of the contract. */
export type { EngineApi } from '#base/engine-client.ts'

/** What the engine tells as it happens. */
interface Told {
  status: [Status]
  settings: [SettingEntry[]]
  containers: [LiveChange<Container>]
  projects: [LiveChange<Project>]
  /** Folders with Compose files that were opened. */
  folders: [string[]]
}

interface LinkEvents extends Told {
  link: [EngineLinkState]
}

/** How to reach or start the engine. */
export interface EngineLinkOptions {
  paths: CovePaths
  program: string
  entry: string
}

/** The desktop's own connection to the engine: started where none runs, dialled again for ever when it is lost. */
export class EngineLink extends EventEmitter<LinkEvents> implements AsyncDisposable {
  readonly #options: EngineLinkOptions
  readonly #ended = new AbortController()
  #client: EngineClient | undefined
  #state: EngineLinkState = { phase: 'connecting' }
  #attempt = 0
  #retry: NodeJS.Timeout | undefined

  constructor(options: EngineLinkOptions) {
    super()
    this.#options = options
  }

  get state(): EngineLinkState {
    return this.#state
  }

  /** The calls of the contract; undefined while there is no connection. */
  get api(): EngineApi | undefined {
    return this.#client?.api
  }

  /** Dials now, whatever the wait was. */
  dial(): void {
    if (this.#client || this.#ended.signal.aborted || (this.#retry === undefined && this.#attempt > 0)) return
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#attempt++
    this.#connect().catch((error: unknown) => this.#lost(error))
  }

  /** A bare connection for one window. */
  openFrames(signal: AbortSignal): Promise<WebSocket> {
    return openEngineSocket({ paths: this.#options.paths, signal })
  }

  async #connect(): Promise<void> {
    const client = await ensureEngine({ ...this.#options, signal: this.#ended.signal })
    if (this.#ended.signal.aborted) return client[Symbol.asyncDispose]()
    this.#client = client
    this.#attempt = 0
    this.#go({ phase: 'connected' })
    void client.closed.then(() => this.#lost(new Error('the engine ended')))
    // Without a signal: they end with the connection, and to be told of an abort it would have to be open still.
    const { engine, setting, container, project } = client.api
    this.#follow(setting.watch(), 'settings')
    this.#follow(engine.watch(), 'status')
    this.#follow(container.watch(), 'containers')
    this.#follow(project.watch(), 'projects')
    this.#follow(project.opened(), 'folders')
  }

  #follow<K extends keyof Told>(stream: Promise<AsyncIterable<Told[K][0]>>, name: K): void {
    const pump = async (): Promise<void> => {
      for await (const item of await stream) (this.emit as (name: K, item: Told[K][0]) => boolean).call(this, name, item)
    }
    // A stream that ends does so with the connection, whose end is told apart; one that an older engine lacks is done without.
    pump().catch(() => undefined)
  }

  #lost(error: unknown): void {
    if (this.#ended.signal.aborted || this.#retry !== undefined) return
    const client = this.#client
    this.#client = undefined
    if (client) Promise.resolve(client[Symbol.asyncDispose]()).catch(() => undefined)
    const { code, message, hint, about } = toCoveError(error)
    this.#retry = setTimeout(() => this.dial(), backOffMs(this.#attempt))
    this.#go({ phase: 'retrying', attempt: this.#attempt, problem: { code, message, hint: hint ?? null, about: about ?? null } })
  }

  #go(state: EngineLinkState): void {
    this.#state = state
    this.emit('link', state)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    clearTimeout(this.#retry)
    await this.#client?.[Symbol.asyncDispose]()
  }
}
