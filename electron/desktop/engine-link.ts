import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import { toCoveError } from '#contract/errors.ts'
import type { EngineLinkState } from '#contract/desktop-bridge.ts'
import type { SettingEntry } from '#contract/setting.ts'
import type { Status } from '#contract/state.ts'
import { openEngineSocket, type EngineApi, type EngineClient } from '#base/engine-client.ts'
import { ensureEngine } from '#base/engine-process.ts'
import type { CovePaths } from '#base/paths.ts'
import { backOffMs } from './back-off.ts'

interface LinkEvents {
  link: [EngineLinkState]
  status: [Status]
  settings: [SettingEntry[]]
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
    this.#follow(await client.api.setting.watch(), 'settings')
    this.#follow(await client.api.engine.watch(), 'status')
  }

  #follow<K extends 'status' | 'settings'>(stream: AsyncIterable<LinkEvents[K][0]>, name: K): void {
    const pump = async (): Promise<void> => {
      for await (const item of stream) (this.emit as (name: K, item: LinkEvents[K][0]) => boolean).call(this, name, item)
    }
    // A stream that ends does so with the connection, whose end is told apart.
    pump().catch(() => undefined)
  }

  #lost(error: unknown): void {
    if (this.#ended.signal.aborted || this.#retry !== undefined) return
    const client = this.#client
    this.#client = undefined
    if (client) Promise.resolve(client[Symbol.asyncDispose]()).catch(() => undefined)
    const { message, hint } = toCoveError(error)
    this.#retry = setTimeout(() => this.dial(), backOffMs(this.#attempt))
    this.#go({ phase: 'retrying', attempt: this.#attempt, message, hint: hint ?? null })
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
