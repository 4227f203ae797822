import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import type { Companion, Session } from '../life/parts.ts'
import type { Store } from '../store/store.ts'

/** How often the host's two clocks are compared, in ms: one comparison of two numbers. */
const intervalMs = 10_000
/** What they may differ by from one time to the next. */
const toleranceMs = 1000
/** How long Docker may take to answer after the host slept before the tunnel is made anew. */
const answerMs = 5000

/** The host's clocks; a test has its own. */
export interface HostClocks {
  /** Wall clock in ms since 1970. */
  now(): number
  /** Milliseconds that stand still while the host sleeps (Linux CLOCK_MONOTONIC, macOS mach_absolute_time). */
  elapsed(): number
}

const hostClocks: HostClocks = { now: () => Date.now(), elapsed: () => performance.now() }

/** What keeps the guest's time. */
export interface GuestClockOptions {
  store: Pick<Store, 'addEvent'>
  log: Logger
  clocks?: HostClocks
}

/**
 * Sets the guest's clock once it serves, and when the host's wall clock has jumped looks after the tunnel as well: the host slept, or somebody set
 * it. No system tells a plain process of that without a bus or a window; the desktop may besides call `engine.pause` and `resume`.
 */
export function keepGuestClock({ store, log, clocks = hostClocks }: GuestClockOptions): Companion {
  return {
    name: 'clock',
    joinSession: async (session) => {
      // A guest that boots slowly counts its own time short.
      session.vm.setGuestClock(clocks.now())
      const offset = (): number => clocks.now() - clocks.elapsed()
      let known = offset()
      const timer = setInterval(() => {
        const jumpMs = offset() - known
        known += jumpMs
        if (Math.abs(jumpMs) < toleranceMs) return
        log.info("the host's clock jumped", { ms: Math.round(jumpMs) })
        store.addEvent('host.clock-jumped', { ms: Math.round(jumpMs) })
        session.vm.setGuestClock(clocks.now())
        void checkTunnel(session, log)
      }, intervalMs).unref()
      return { [Symbol.asyncDispose]: async () => clearInterval(timer) }
    },
  }
}

/** A connection that did not survive is replaced now, not after the keepalive's half minute. */
async function checkTunnel({ docker, tunnel, vm }: Session, log: Logger): Promise<void> {
  if (vm.pausedBy !== null) return
  try {
    await docker.ping(AbortSignal.timeout(answerMs))
  } catch (error) {
    log.warn('Docker does not answer after the clock jumped; the tunnel is made anew', { why: toCoveError(error).message })
    tunnel.reset()
  }
}
