import { lookup, type LookupAddress } from 'node:dns'
import { errnoOf } from '#base/errno.ts'

/** What the host's resolver says of a name: its addresses, that there is none, or that it could not find out. */
export type LookupOutcome = readonly LookupAddress[] | 'none' | 'failed'

/** Lookups run in libuv's threads, four by default, which file operations need too; one may block for many seconds. */
const maxRunning = 2
/** Who waits longer than this many others is better served by asking elsewhere. */
const maxWaiting = 256
const keptMs = 5000
const maxKept = 512

/**
 * Looks names up as every program of the host does (getaddrinfo: hosts file, nsswitch, mDNS, VPN's split DNS), a few at a
 * time; answers hold for some seconds.
 */
export class HostLookup {
  readonly #kept = new Map<string, { outcome: Promise<LookupOutcome>; until: number }>()
  readonly #waiting: (() => void)[] = []
  readonly #ask: (name: string) => Promise<LookupOutcome>
  #running = 0

  constructor(ask: (name: string) => Promise<LookupOutcome> = askHost) {
    this.#ask = ask
  }

  /** Undefined when too many wait already. */
  lookup(name: string): Promise<LookupOutcome> | undefined {
    const key = name.toLowerCase()
    const kept = this.#kept.get(key)
    if (kept && kept.until > performance.now()) return kept.outcome
    if (this.#waiting.length >= maxWaiting) return undefined
    const entry = { outcome: this.#inTurn(key), until: Infinity }
    this.#keep(key, entry)
    void entry.outcome.then((outcome) => {
      entry.until = outcome === 'failed' ? 0 : performance.now() + keptMs
    })
    return entry.outcome
  }

  /** Forgets every answer: the host's configuration changed. */
  forget(): void {
    this.#kept.clear()
  }

  #keep(key: string, entry: { outcome: Promise<LookupOutcome>; until: number }): void {
    this.#kept.delete(key)
    if (this.#kept.size >= maxKept) for (const oldest of [...this.#kept.keys()].slice(0, maxKept / 4)) this.#kept.delete(oldest)
    this.#kept.set(key, entry)
  }

  async #inTurn(name: string): Promise<LookupOutcome> {
    if (this.#running >= maxRunning) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      await promise
    } else this.#running++
    try {
      return await this.#ask(name)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

async function askHost(name: string): Promise<LookupOutcome> {
  const { promise, resolve } = Promise.withResolvers<LookupOutcome>()
  lookup(name, { all: true, order: 'verbatim' }, (error, addresses) => {
    if (!error) resolve(addresses)
    // libuv folds EAI_NODATA and EAI_NONAME into one; anything else (EAI_AGAIN, EAI_FAIL) says nothing of the name.
    else resolve(errnoOf(error) === 'ENOTFOUND' ? 'none' : 'failed')
  })
  return promise
}
