import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CoveError, isErrorCode } from '#contract/errors.ts'
import { connectEngine, type ConnectOptions, type EngineClient } from './engine-client.ts'
import { withLimit } from './limit.ts'
import { errnoOf } from './errno.ts'
import type { CovePaths } from './paths.ts'

/** How to reach an engine, starting it where none runs. */
export interface EnsureOptions extends ConnectOptions {
  /** Told once when an engine process was started. */
  onSpawn?: (pid: number) => void
  /** The engine's entry file; default: beside the running program. */
  entry?: string
}

/** What the engine tells its starter over the IPC channel, once. */
export type EngineGreeting = { type: 'listening' } | { type: 'failed'; code: string; message: string; hint: string | null }

const startLimitMs = 20_000
const maxSpawns = 3

/**
 * A connection to the engine, which is started first when none runs.
 * @throws CoveError `engine.home-unusable` or `engine.start-failed` with the engine's own reason.
 */
export async function ensureEngine(options: EnsureOptions): Promise<EngineClient> {
  for (let spawned = 0; ; spawned++) {
    try {
      return await connectEngine(options)
    } catch (error) {
      // One that was found may end the next moment because it was idle: start over, but not for ever.
      if (!(error instanceof CoveError) || error.code !== 'engine.unreachable' || spawned === maxSpawns) throw error
    }
    makeHome(options.paths)
    await spawnEngine(options)
  }
}

/** Creates COVE_HOME, mode 0700. @throws CoveError `engine.home-unusable`. */
export function makeHome(paths: CovePaths): void {
  try {
    mkdirSync(paths.home, { recursive: true, mode: 0o700 })
    mkdirSync(paths.logsDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new CoveError('engine.home-unusable', {
      message: `COVE_HOME "${paths.home}" cannot be used: ${errnoOf(error) ?? String(error)}`,
      hint: 'Set COVE_HOME to a folder that you can write to.',
      cause: error,
    })
  }
}

/** The engine's entry: in a bundle `../engine/engine.mjs` beside the cli, in the sources main.ts. */
function defaultEntry(): string {
  const bundled = fileURLToPath(new URL('../engine/engine.mjs', import.meta.url))
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../engine/main.ts', import.meta.url))
}

/** Starts the engine detached and waits for its greeting; one that finds another already running greets as well. */
async function spawnEngine({ paths, signal, onSpawn, entry = defaultEntry() }: EnsureOptions): Promise<void> {
  const out = openSync(paths.logs.engine, 'a', 0o600)
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, COVE_HOME: paths.home },
    cwd: paths.home,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', out, out, 'ipc'],
  })
  closeSync(out)
  const greeted = once(child, 'message').then(([message]) => message as EngineGreeting)
  const exited = once(child, 'exit').then(([code, by]) => {
    throw new CoveError('engine.start-failed', {
      message: `the engine ended while starting (${by === null ? `exit code ${code}` : `signal ${by}`})`,
      hint: `See ${paths.logs.engine}`,
    })
  })
  greeted.catch(() => undefined)
  exited.catch(() => undefined)
  const limit = { what: 'the engine to start', ms: startLimitMs, code: 'engine.start-failed' as const, hint: `See ${paths.logs.engine}` }
  const greeting = await withLimit({ ...limit, ...(signal ? { signal } : {}) }, () => Promise.race([greeted, exited]))
  if (greeting.type === 'failed') {
    throw new CoveError(isErrorCode(greeting.code) ? greeting.code : 'engine.start-failed', {
      message: greeting.message,
      ...(greeting.hint === null ? {} : { hint: greeting.hint }),
    })
  }
  if (child.pid !== undefined) onSpawn?.(child.pid)
  if (child.connected) child.disconnect()
  child.unref()
}
