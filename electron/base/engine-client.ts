import type { ContractRouterClient } from '@orpc/contract'
import type { contract } from '#contract/index.ts'
import type { WebSocket } from 'ws'

/** Typed calls of the contract. */
export type EngineApi = ContractRouterClient<typeof contract>

/** A connection to a running engine. */
export interface EngineClient extends AsyncDisposable {
  readonly api: EngineApi
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>
  /** Opens the raw side-channel of contract/shell.ts. */
  openShellSocket(signal?: AbortSignal): Promise<WebSocket>
}
