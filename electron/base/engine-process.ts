import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CoveError, isErrorCode, readAbout, toCoveError, type ErrorAbout } from '#contract/errors.ts'
import { connectEngine, type ConnectOptions, type EngineClient } from './engine-client.ts'
import { makeFolder } from './folder.ts'
import { withLimit } from './limit.ts'
import type { CovePaths } from './paths.ts'
import { redact } from './redact.ts'

/** How to reach an engine, starting it where none runs. */
export interface EnsureOptions extends ConnectOptions {
  /** Told once when an engine process was started. */
  onSpawn?: (pid: number) => void
  /** The engine's entry file; default: beside the running program. */
  entry?: string
  /** The Node that runs it; default: the running one. */
  program?: string
}

/** What the engine tells its starter over the IPC channel, once. */
export type EngineGreeting = { type: 'listening' } | { type: 'failed'; code: string; message: string; hint: string | null; about: ErrorAbout | null }

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
    makeFolder(paths.home)
    makeFolder(paths.logsDir)
  } catch (error) {
    throw homeUnusable(paths, error)
  }
}

/**
 * For glibc's malloc: one arena instead of one per thread (10 to 20 MB of an idle engine, measured 2026-11), and buffers
 * from 64 KiB on go back to the system at once; its own limit rises with the largest buffer ever freed (2 MB). Not smaller
 * ones: packets of 32 KiB that are mapped anew each time double what a MB through the tunnel costs (4 → 8 ms). What they
 * leave behind goes back when the engine is idle (engine/memory-trim.ts).
 */
const mallocLimits = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' }

/** Node's flags for a process that is small, idle most of the time and lives for days. */
const engineFlags = [
  // 1 MiB of young objects instead of 16: the engine moves buffers, which do not live there.
  '--max-semi-space-size=1',
  // No optimizing compilers: their own code would be 8 MB of resident memory, and bulk through the tunnel costs no more processor time without them (OpenSSH 9.2, 2026-11): ciphers, not JavaScript, are what it waits for.
  '--no-turbofan',
  '--no-maglev',
  // Buffers that pass through count as memory that grew: V8 would mark the whole heap, little by little and on two threads, for each 4 MB of bulk. In one go it does so for each 18 MB: 8 ms of processor time per MB instead of 14 (64 MB to an emulated guest, 2026-11), for a pause of 10-16 ms.
  '--no-incremental-marking',
  // Without Node's start-up snapshot: its pages stay resident, and the file server's thread holds less, 8 MB (2026-11). Costs 30 ms of processor time per start.
  '--no-node-snapshot',
  // V8 would map its built-in functions a second time, nearer to compiled code: 2 MB.
  '--no-short-builtin-calls',
  // For engine/memory-saver.ts.
  '--expose-gc',
]

/** The engine's entry: in a bundle `../engine/engine.mjs` beside the cli, in the sources main.ts. */
function defaultEntry(): string {
  const bundled = fileURLToPath(new URL('../engine/engine.mjs', import.meta.url))
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../engine/main.ts', import.meta.url))
}

/** Starts the engine detached and waits for its greeting; one that finds another already running greets as well. */
async function spawnEngine({ paths, signal, onSpawn, entry = defaultEntry(), program = process.execPath }: EnsureOptions): Promise<void> {
  const log = openLog(paths)
  const child = spawn(program, [...engineFlags, entry], {
    env: { ...process.env, ...mallocLimits, COVE_HOME: paths.home },
    cwd: paths.home,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log.file, log.file, 'ipc'],
  })
  closeSync(log.file)
  const limit = { what: 'the engine to start', ms: startLimitMs, code: 'engine.start-failed' as const, hint: `See ${paths.logs.engine}` }
  try {
    const greeting = await withLimit({ ...limit, ...(signal ? { signal } : {}) }, () => hearGreeting(child, paths, log.size))
    if (greeting.type === 'failed') throw new CoveError(isErrorCode(greeting.code) ? greeting.code : 'engine.start-failed', { message: greeting.message, about: readAbout(greeting.about), ...(greeting.hint === null ? {} : { hint: greeting.hint }) })
    if (child.pid !== undefined) onSpawn?.(child.pid)
  } catch (error) {
    // One that hangs before it serves anybody would keep the home locked.
    if (!signal?.aborted) child.kill('SIGKILL')
    throw error
  } finally {
    // Whatever came of it, a child must not keep this process alive.
    if (child.connected) child.disconnect()
    child.unref()
  }
}

function openLog(paths: CovePaths): { file: number; size: number } {
  try {
    const file = openSync(paths.logs.engine, 'a', 0o600)
    return { file, size: fstatSync(file).size }
  } catch (error) {
    throw homeUnusable(paths, error)
  }
}

async function hearGreeting(child: ChildProcess, paths: CovePaths, logSize: number): Promise<EngineGreeting> {
  const heard = Promise.withResolvers<EngineGreeting>()
  child.once('message', (message) => heard.resolve(message as EngineGreeting))
  child.once('error', (error) => heard.reject(new CoveError('engine.start-failed', { message: `cannot run the engine: ${error.message}`, cause: error })))
  child.once('exit', (code, by) => {
    const failure = new CoveError('engine.start-failed', {
      message: `the engine ended while starting (${by === null ? `exit code ${code}` : `signal ${by}`})${lastWords(paths, logSize)}`,
      hint: `See ${paths.logs.engine}`,
    })
    // What it said last may still be on its way.
    if (child.connected) child.once('disconnect', () => heard.reject(failure))
    else heard.reject(failure)
  })
  return heard.promise
}

/** The error an engine printed since it was started, if any. */
function lastWords(paths: CovePaths, from: number): string {
  try {
    const lines = readFileSync(paths.logs.engine).subarray(from).toString('utf8').split('\n')
    const line = lines.find((text) => /^\w*Error\b|\berror\b/.test(text)) ?? lines.findLast((text) => text.trim() !== '')
    return line === undefined ? '' : `: ${redact(line.trim().slice(0, 500))}`
  } catch {
    return ''
  }
}

function homeUnusable(paths: CovePaths, error: unknown): CoveError {
  return new CoveError('engine.home-unusable', {
    message: `COVE_HOME "${paths.home}" cannot be used: ${toCoveError(error).message}`,
    about: { path: paths.home },
    hint: 'Set COVE_HOME to a folder that you can write to.',
    cause: error,
  })
}
