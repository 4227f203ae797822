import type { Duplex } from 'node:stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'
import { cancelled, type Limit, withLimit } from '#base/limit.ts'
import type { Vm } from '../vm/driver.ts'
import { endVm } from './end-vm.ts'
import { fallAsleep } from './fall-asleep.ts'
import type { Machine } from './machine.ts'
import { notRunning, notServing } from './not-serving.ts'
import { beginOpening, type Opening, type Way } from './opening.ts'
import { guestDockerSocket, type LifeParts, type Session } from './parts.ts'
import { Present } from './present.ts'
import { findLeftVm, joinSession, startSession } from './session.ts'

/** The longest a stop may take in all; the driver forces it long before. */
const stopLimitMs = 60_000

/** A falling asleep under way. */
interface Sleep {
  done: Promise<Status>
  abort(reason: unknown): void
}

/** Starts, stops, puts to sleep, wakes and re-joins the vm: lets its changes begin one after another, or end one another. */
export class VmLife implements AsyncDisposable {
  readonly #parts: LifeParts
  readonly #machine: Machine
  readonly #present: Present
  readonly #ending = new AbortController()
  /** A former engine's vm is being looked for: whether one runs is not known. */
  #lookup: Promise<boolean> | undefined
  #opening: Opening | undefined
  /** The vm is falling asleep. */
  #sleep: Sleep | undefined
  #stop: Promise<Status> | undefined

  constructor(parts: LifeParts, machine: Machine) {
    this.#parts = parts
    this.#machine = machine
    // Nothing failed: what remains is what follows every stop, and one that fails shows in the state.
    this.#present = new Present(parts, machine, () => void this.stop().catch(() => undefined))
  }

  /** The session while Docker answers. @throws CoveError `vm.not-running`. */
  get session(): Session {
    if (this.#present.session) return this.#present.session
    throw notRunning(this.#machine.status)
  }

  get maybeSession(): Session | undefined {
    return this.#present.session
  }

  /** Boots the vm, wakes it, or joins a start under way. @throws the CoveError that made it fail. */
  async start(): Promise<Status> {
    await this.#lookup
    while (this.#stop) await this.#stop.catch(() => undefined)
    this.#ending.signal.throwIfAborted()
    if (this.#sleep) {
      this.#sleep.abort(cancelled('falling asleep'))
      // Either it runs on, which is an opening if its session was gone already, or it sleeps and wakes now.
      await this.#sleep.done.catch(() => undefined)
      return this.start()
    }
    if (this.#opening) return this.#opening.done
    if (this.#machine.state === 'running') return this.#machine.status
    const { state } = this.#machine
    return this.#open({
      ...(state === 'sleeping' ? { task: 'wake', state: 'waking' } : { task: 'start', state: 'starting' }),
      firstStep: 'image',
      keepsVm: () => this.#ending.signal.aborted,
      open: async (attempt) => {
        // What failed may have left its vm running; a second one would be refused.
        await this.#present.letGo()
        const left = state === 'failed' ? await findLeftVm(this.#parts, attempt.signal) : undefined
        return left ? joinSession(this.#parts, left, { ...attempt, keepsVm: this.#keepsLeft }) : startSession(this.#parts, attempt)
      },
    })
  }

  /**
   * Saves the vm's memory and ends its process; joins one under way. Whoever needs Docker meanwhile cancels it.
   * @throws CoveError `vm.not-running`, `vm.save-unsupported`, `vm.save-failed`, `disk.no-space`, `operation.cancelled`; the vm then runs on.
   */
  async sleep(): Promise<Status> {
    await this.#lookup
    if (this.#sleep) return this.#sleep.done
    if (this.#machine.state === 'sleeping') return this.#machine.status
    if (this.#machine.state !== 'running') throw notRunning(this.#machine.status)
    const abort = new AbortController()
    const done = this.#sleepNow(this.session, abort.signal).finally(() => (this.#sleep = undefined))
    done.catch(() => undefined)
    this.#sleep = { done, abort: (reason) => abort.abort(reason) }
    return done
  }

  /** The session, the vm woken for it if it sleeps; waits for a start under way. @throws CoveError `vm.not-running`, or why it failed. */
  async awake(signal: AbortSignal): Promise<Session> {
    await this.#untilSettled({ what: `the vm to run (state: ${this.#machine.state})`, ms: 300_000, signal })
    return this.session
  }

  /** Looks for the vm a former engine left running and begins to re-join it; whether there is one. */
  attach(signal: AbortSignal): Promise<boolean> {
    this.#lookup = this.#attachNow(AbortSignal.any([signal, this.#ending.signal])).finally(() => (this.#lookup = undefined))
    return this.#lookup
  }

  /** Stops the vm cleanly, also one that sleeps; cancels a start under way. Resolves when it is off. */
  stop(): Promise<Status> {
    this.#stop ??= this.#stopNow().finally(() => (this.#stop = undefined))
    return this.#stop
  }

  /** Stops the vm and does something that needs it off; a start meanwhile waits for its end. */
  async whileOff(work: () => Promise<void>): Promise<void> {
    while (this.#stop) await this.#stop.catch(() => undefined)
    this.#stop = this.#stopNow()
      .then((status) => work().then(() => status))
      .finally(() => (this.#stop = undefined))
    await this.#stop
  }

  async restart(): Promise<Status> {
    await this.stop()
    return this.start()
  }

  /** A stream to Docker for one client of docker.sock: wakes a sleeping vm, waits while it starts, refuses while it is off. */
  async openDockerSocket(signal: AbortSignal): Promise<Duplex> {
    await this.#untilSettled({ what: `Docker to come up (state: ${this.#machine.state})`, ms: 300_000, signal, code: 'docker.unreachable' })
    const { session } = this.#present
    if (session && this.#machine.state === 'running') return session.tunnel.openSocket(guestDockerSocket, signal)
    throw notServing(this.#machine.status)
  }

  /** Leaves the vm running and lets go of everything that reaches it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new CoveError('engine.stopped', { message: 'the engine ends', hint: 'Try again' })
    this.#ending.abort(reason)
    await this.#lookup
    await this.#stop?.catch(() => undefined)
    this.#abort(reason)
    await this.#aborted()
    await this.#present.letGo()
  }

  /** Ends what is under way, in this very turn: a moment later it might have succeeded in a state that is no longer its own. */
  #abort(sleep: CoveError, opening = sleep): void {
    this.#sleep?.abort(sleep)
    this.#opening?.abort(opening)
  }

  async #aborted(): Promise<void> {
    await this.#sleep?.done.catch(() => undefined)
    await this.#opening?.done.catch(() => undefined)
  }

  /** A vm that was there before us is ended only by a stop. */
  readonly #keepsLeft = (): boolean => this.#stop === undefined

  /** Wakes the vm if it sleeps, and waits until it neither starts nor wakes. */
  async #untilSettled(limit: Limit): Promise<void> {
    await withLimit(limit, async (signal) => {
      await this.#lookup
      // What keeps it from waking is in the state afterwards.
      if (this.#sleep || this.#machine.state === 'sleeping') await this.start().catch(() => undefined)
      await this.#machine.until(({ state }) => state !== 'starting' && state !== 'waking', signal)
    })
  }

  async #sleepNow(session: Session, signal: AbortSignal): Promise<Status> {
    const task = this.#parts.store.startTask('sleep')
    try {
      await fallAsleep(this.#present, session, signal)
      task.end('done')
      return this.#machine.status
    } catch (error) {
      const cause = toCoveError(signal.aborted ? signal.reason : error, 'vm.save-failed')
      task.end(signal.aborted ? 'cancelled' : 'failed', cause.message)
      if (!signal.aborted) this.#parts.store.addEvent('vm.not-saved', { code: cause.code, message: cause.message })
      this.#stayAwake()
      throw cause
    }
  }

  /** The vm that did not fall asleep runs on; if its session is gone already it gets a new one, unless the vm is to end. */
  #stayAwake(): void {
    if (this.#machine.state !== 'sleeping' || this.#ending.signal.aborted) return
    const vm = this.#present.takeVm()
    if (!vm) return
    const open: Way['open'] = (attempt) => joinSession(this.#parts, vm, { ...attempt, isReady: true })
    this.#open({ task: 'resume', state: 'waking', firstStep: 'tunnel', keepsVm: this.#keepsLeft, open }).catch(() => undefined)
  }

  #open(way: Way): Promise<Status> {
    const opening = beginOpening(this.#present, way)
    this.#opening = opening
    return opening.done.finally(() => {
      if (this.#opening === opening) this.#opening = undefined
    })
  }

  async #attachNow(signal: AbortSignal): Promise<boolean> {
    let vm: Vm | undefined
    try {
      vm = await findLeftVm(this.#parts, signal)
    } catch (error) {
      // A vm may run that we cannot reach: "off" would be a guess.
      if (!this.#ending.signal.aborted) this.#present.fail(toCoveError(error, 'vm.start-failed'))
      return false
    }
    if (!vm) {
      const saved = await this.#parts.driver.saved()
      if (saved) this.#present.goAsleep(saved.savedAt)
      return false
    }
    this.#parts.log.info('re-attaching to a running vm', { pid: vm.pid })
    const found = vm
    const open: Way['open'] = (attempt) => joinSession(this.#parts, found, attempt)
    this.#open({ task: 'attach', state: 'starting', firstStep: 'attach', keepsVm: this.#keepsLeft, open }).catch(() => undefined)
    return true
  }

  async #stopNow(): Promise<Status> {
    await this.#lookup
    if (this.#machine.state === 'off') return this.#machine.status
    const task = this.#parts.store.startTask('stop')
    this.#machine.go('stopping', { step: 'poweroff' })
    try {
      this.#abort(cancelled('falling asleep'), cancelled('the start'))
      await this.#aborted()
      this.#present.lookAway()
      await withLimit({ what: 'the vm to stop', ms: stopLimitMs, code: 'vm.step-timeout', hint: 'See the details: cove logs engine' }, (signal) => endVm(this.#parts, this.#present.vm, signal))
      await this.#present.letGo()
      this.#present.goOff()
      task.end('done')
      return this.#machine.status
    } catch (error) {
      const cause = toCoveError(error)
      task.end('failed', cause.message)
      this.#present.fail(cause)
      throw cause
    }
  }
}
