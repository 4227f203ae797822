import type { Readable, Writable } from 'node:stream'
import type { EngineClient, ConnectOptions } from '#base/engine-client.ts'
import type { EnsureOptions } from '#base/engine-process.ts'

/** Where text goes: a process stream or, in tests, any writable. */
export type OutStream = Writable & { isTTY?: boolean; columns?: number; rows?: number }

/** Where input comes from. */
export type InStream = Readable & { isTTY?: boolean; setRawMode?: (on: boolean) => unknown }

/** The signals that end a command, or that a shell session passes on. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Everything a command may touch of the world, so that tests can stand in for it. */
export interface CliIo {
  stdin: InStream
  stdout: OutStream
  stderr: OutStream
  env: NodeJS.ProcessEnv
  cwd: string
  platform: NodeJS.Platform
  /** Fires at the first stop signal that no session has taken over. */
  signal: AbortSignal
  /** Takes over the stop signals until disposed. */
  interceptSignals(listener: (name: StopSignal) => void): Disposable
  connect(options: ConnectOptions): Promise<EngineClient>
  ensure(options: EnsureOptions): Promise<EngineClient>
}
