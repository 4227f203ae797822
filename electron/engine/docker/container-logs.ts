import type { ContainerLine, LogBatch, LogWish } from '#contract/container-log.ts'
import { CoveError } from '#contract/errors.ts'
import { Inspection } from './container-detail.ts'
import { objectPath, query, type DockerApi } from './docker-api.ts'
import { DockerRefusal } from './docker-request.ts'
import type { LiveDocker } from './live-docker.ts'
import { dockerTime, LogLines } from './log-lines.ts'
import { SeenLines } from './seen-lines.ts'

/** Whose log is read, and over what. */
export interface LogSource {
  api: DockerApi
  live: LiveDocker
  id: string
  /** What each line names as its container. */
  name?: string
  /** Where a line is cut, if not as the contract says. */
  maxLineBytes?: number
}

/**
 * A container's log, in batches as it comes. With `follow` it goes on over stops and starts until the container is gone.
 * @throws DockerRefusal, `docker.unreachable`, `usage.invalid`, or the signal's reason.
 */
export async function* containerLogs(source: LogSource, wish: LogWish): AsyncGenerator<LogBatch> {
  const { api, id } = source
  const found = await api.get(objectPath('containers', id, 'json'), Inspection)
  const reader = new LogReader(source, { ...wish, hasTty: found.Config.Tty })
  yield* reader.read({ follow: false })
  yield { kind: 'caught-up' }
  if (!wish.follow) return
  using starts = watchStarts(source.live, found.Id)
  for (let state = found.State.Running ? 'running' : await stateOf(source); state !== 'gone'; state = await stateOf(source)) {
    if (state === 'running') yield* reader.read({ follow: true })
    // Asked anew: it may have ended and started again while we read.
    if ((await stateOf(source)) === 'running') continue
    yield { kind: 'stopped', container: source.name ?? '' }
    await starts.next(api.signal)
  }
}

/** Reads one container's log piece by piece, each beginning a moment before the one before ended. */
class LogReader {
  readonly #source: LogSource
  readonly #wish: LogWish & { hasTty: boolean }
  readonly #since: string | undefined
  readonly #until: string | undefined
  readonly #seen: SeenLines

  constructor(source: LogSource, wish: LogWish & { hasTty: boolean }) {
    this.#source = source
    this.#wish = wish
    this.#since = timeOf(wish.since)
    this.#until = timeOf(wish.until)
    this.#seen = new SeenLines(wish.tail === null)
  }

  async *read({ follow }: { follow: boolean }): AsyncGenerator<LogBatch> {
    const { api, id, name = '', maxLineBytes } = this.#source
    const { stdout, stderr, tail, hasTty } = this.#wish
    const since = this.#seen.since()
    const isNew = this.#seen.forNextRead()
    const asked = query({ stdout, stderr, timestamps: true, follow, since: since === undefined ? this.#since : dockerTime(since), until: this.#until, tail: since === undefined && tail !== null ? String(tail) : 'all' })
    const lines = new LogLines({ hasTty, container: name, ...(maxLineBytes === undefined ? {} : { maxLineBytes }) })
    // Docker gives lines again that were read already.
    const batch = (read: ContainerLine[]): ContainerLine[] => {
      const found = read.filter(isNew)
      this.#seen.note(found)
      return found
    }
    for await (const chunk of await api.stream('GET', `${objectPath('containers', id, 'logs')}${asked}`)) {
      const found = batch(lines.push(chunk))
      if (found.length > 0) yield { kind: 'lines', lines: found }
    }
    const rest = batch(lines.end())
    if (rest.length > 0) yield { kind: 'lines', lines: rest }
  }
}

async function stateOf({ api, id }: LogSource): Promise<'running' | 'stopped' | 'gone'> {
  try {
    const { State: state } = await api.get(objectPath('containers', id, 'json'), Inspection)
    return state.Running ? 'running' : 'stopped'
  } catch (error) {
    if (error instanceof DockerRefusal && error.status === 404) return 'gone'
    throw error
  }
}

/** Waits for a container to start or go; what happened since the last wait counts. */
function watchStarts(live: LiveDocker, id: string): Disposable & { next(signal: AbortSignal): Promise<void> } {
  let isDue = false
  let wake = (): void => undefined
  const listening = live.on('container', (changed, container) => {
    if (changed !== id || (container !== undefined && container.state !== 'running')) return
    isDue = true
    wake()
  })
  const relisted = live.on('listed', () => ((isDue = true), wake()))
  return {
    async next(signal) {
      signal.throwIfAborted()
      const onAbort = (): void => wake()
      signal.addEventListener('abort', onAbort, { once: true })
      while (!isDue && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
      signal.removeEventListener('abort', onAbort)
      isDue = false
      signal.throwIfAborted()
    },
    [Symbol.dispose]: () => {
      listening[Symbol.dispose]()
      relisted[Symbol.dispose]()
    },
  }
}

function timeOf(text: string | null): string | undefined {
  if (text === null) return undefined
  const time = dockerTime(text)
  if (time !== undefined) return time
  throw new CoveError('usage.invalid', { message: `"${text}" is not a time`, hint: 'Give it like 2026-03-01T12:00:00Z, or as seconds since 1970.' })
}
