import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { CoveError } from '#contract/errors.ts'
import type { EngineApi, EngineClient } from '#base/engine-client.ts'
import { errnoOf } from '#base/errno.ts'
import { withLimit, type Limit } from '#base/limit.ts'
import type { CommandContext } from './context.ts'

/** What the calls of one use of the engine get. */
export interface EngineUse {
  api: EngineApi
  client: EngineClient
  /** Fires when the user interrupts, the limit is up, or the connection is gone. Pass it to every call. */
  signal: AbortSignal
}

/** A bounded use of the engine: `what` completes "waited N s for …". */
export type UseLimit = Pick<Limit, 'what' | 'ms' | 'hint'>

/** Reaches the engine; no use of it can wait without a limit. */
export class EngineAccess {
  readonly #cli: CommandContext

  constructor(cli: CommandContext) {
    this.#cli = cli
  }

  /** Uses the engine, which is started first where none runs. */
  async use<T>(limit: UseLimit, work: (use: EngineUse) => Promise<T>): Promise<T> {
    const { io, paths, signal } = this.#cli
    await using client = await io.ensure({ paths, signal })
    return await bounded({ client, signal, limit }, work)
  }

  /** Uses the engine if one runs. One is started only to take over a vm that a killed engine left running or asleep. */
  async useRunning<T>(limit: UseLimit, work: (use: EngineUse) => Promise<T>): Promise<T | undefined> {
    const client = await this.#findRunning()
    if (!client) return undefined
    await using open = client
    return await bounded({ client: open, signal: this.#cli.signal, limit }, work)
  }

  async #findRunning(): Promise<EngineClient | undefined> {
    const { io, paths, signal } = this.#cli
    const hasSocket = io.platform === 'win32' || existsSync(paths.engineSocket)
    if (hasSocket) {
      try {
        return await io.connect({ paths, signal })
      } catch (error) {
        if (!meansNoEngine(error)) throw error
      }
    }
    return existsSync(paths.savedRecord) || (await hasOrphanedVm(paths.vmRecord)) ? io.ensure({ paths, signal }) : undefined
  }
}

/** Whether nobody listens. An engine that does not answer, or may not be asked, is not "off". */
function meansNoEngine(error: unknown): boolean {
  return error instanceof CoveError && error.code === 'engine.unreachable' && ['ENOENT', 'ECONNREFUSED'].includes(errnoOf(error.cause) ?? '')
}

/** Whether the vm of an engine that is gone still runs, by the record it keeps for re-attaching. */
async function hasOrphanedVm(recordPath: string): Promise<boolean> {
  if (!existsSync(recordPath)) return false
  const { isSameProcessAlive } = await import('#base/process-identity.ts')
  try {
    const identity = findIdentity(JSON.parse(await readFile(recordPath, 'utf8')))
    return identity !== undefined && (await isSameProcessAlive(identity))
  } catch {
    // An unreadable record names no vm; the next engine reports and removes it.
    return false
  }
}

function findIdentity(record: unknown): { pid: number; started: string } | undefined {
  if (typeof record !== 'object' || record === null) return undefined
  if ('pid' in record && 'started' in record && typeof record.pid === 'number' && typeof record.started === 'string') {
    return { pid: record.pid, started: record.started }
  }
  return Object.values(record)
    .map(findIdentity)
    .find((identity) => identity !== undefined)
}

interface Bounds {
  client: EngineClient
  signal: AbortSignal
  limit: UseLimit
}

async function bounded<T>({ client, signal, limit }: Bounds, work: (use: EngineUse) => Promise<T>): Promise<T> {
  const gone = new AbortController()
  const lost = new CoveError('engine.unreachable', {
    message: `the engine went away during ${limit.what}`,
    hint: 'See what happened with: cove logs engine',
  })
  // One turn later, so that an answer which came in together with the end is still delivered.
  void client.closed.then(() => setImmediate(() => gone.abort(lost)))
  const both = AbortSignal.any([signal, gone.signal])
  return withLimit({ ...limit, signal: both }, (own) => work({ api: client.api, client, signal: own }))
}
