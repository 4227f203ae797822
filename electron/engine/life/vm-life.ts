import type { Duplex } from 'node:stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'
import { cancelled, withLimit } from '#base/limit.ts'
import type { Vm } from '../vm/driver.ts'
import type { Machine } from './machine.ts'
import { beginOpening, type Opening, type Way } from './opening.ts'
import { guestDockerSocket, type LifeParts, type Session } from './parts.ts'
import { Present } from './present.ts'
import { findLeftVm, joinSession, startSession } from './session.ts'

/** Milliseconds the guest gets to power off by itself. */
const stopGraceMs = 5000
/** The longest a stop may take in all; the driver forces it long before. */
const stopLimitMs = 60_000

/** Starts, stops and re-joins the vm: lets its changes begin one after another, or end one another. */
export class VmLife implements AsyncDisposable {
  readonly #parts: LifeParts
  readonly #machine: Machine
  readonly #present: Present
  readonly #ending = new AbortController()
  /** A former engine's vm is being looked for: whether one runs is not known. */
  #lookup: Promise<boolean> | undefined
  #opening: Opening | undefined
  #stop: Promise<Status> | undefined

  constructor(parts: LifeParts, machine: Machine) {
    this.#parts = parts
    this.#machine = machine
    this.#present = new Present(parts, machine)
  }

  /** The session while Docker answers. @throws CoveError `vm.not-running`. */
  get session(): Session {
    if (this.#present.session) return this.#present.session
    throw new CoveError('vm.not-running', { message: `the vm is not running (state: ${this.#machine.state})`, hint: 'Start it with: cove start' })
  }

  get maybeSession(): Session | undefined {
    return this.#present.session
  }

  /** Boots the vm, or joins a start under way. @throws the CoveError that made it fail. */
  async start(): Promise<Status> {
    await this.#lookup
    while (this.#stop) await this.#stop.catch(() => undefined)
    this.#ending.signal.throwIfAborted()
    if (this.#opening) return this.#opening.done
    if (this.#machine.state === 'running') return this.#machine.status
    const hasFailed = this.#machine.state === 'failed'
    return this.#open({
      task: 'start',
      state: 'starting',
      firstStep: 'image',
      keepsVm: () => this.#ending.signal.aborted,
      open: async (attempt) => {
        // What failed may have left its vm running; a second one would be refused.
        await this.#present.letGo()
        const left = hasFailed ? await findLeftVm(this.#parts, attempt.signal) : undefined
        return left ? joinSession(this.#parts, left, { ...attempt, keepsVm: this.#keepsLeft }) : startSession(this.#parts, attempt)
      },
    })
  }

  /** Looks for the vm a former engine left running and begins to re-join it; whether there is one. */
  attach(signal: AbortSignal): Promise<boolean> {
    this.#lookup = this.#attachNow(AbortSignal.any([signal, this.#ending.signal])).finally(() => (this.#lookup = undefined))
    return this.#lookup
  }

  /** Stops the vm cleanly; cancels a start under way. Resolves when it is off. */
  stop(): Promise<Status> {
    this.#stop ??= this.#stopNow().finally(() => (this.#stop = undefined))
    return this.#stop
  }

  async restart(): Promise<Status> {
    await this.stop()
    return this.start()
  }

  /** A stream to Docker for one client of docker.sock: waits while the vm starts, refuses while it is off. */
  async openDockerSocket(signal: AbortSignal): Promise<Duplex> {
    const limit = { what: `Docker to come up (state: ${this.#machine.state})`, ms: 300_000, signal, code: 'docker.unreachable' as const }
    await withLimit(limit, async (own) => {
      await this.#lookup
      await this.#machine.until(({ state }) => !['starting', 'waking'].includes(state), own)
    })
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
    this.#opening?.abort(reason)
    await this.#opening?.done.catch(() => undefined)
    await this.#present.letGo()
  }

  /** A vm that was there before us is ended only by a stop. */
  readonly #keepsLeft = (): boolean => this.#stop === undefined

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
    if (!vm) return false
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
      this.#opening?.abort(cancelled('the start'))
      await this.#opening?.done.catch(() => undefined)
      this.#present.lookAway()
      await withLimit({ what: 'the vm to stop', ms: stopLimitMs, code: 'vm.step-timeout', hint: 'See the details: cove logs engine' }, (signal) => this.#endVm(signal))
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

  /** Ends the session's vm or, where none reaches it, the one that a failure left behind. */
  async #endVm(signal: AbortSignal): Promise<void> {
    const { session } = this.#present
    if (session) return void (await session.vm.stop({ graceMs: stopGraceMs }))
    await using left = await findLeftVm(this.#parts, signal)
    await left?.stop({ graceMs: stopGraceMs })
  }
}

function notServing({ state, reason, hint }: Status): CoveError {
  if (state === 'failed') return new CoveError('engine.stopped', { message: `Cove failed: ${reason}`, ...(hint === null ? {} : { hint }) })
  return new CoveError('engine.stopped', { message: `Cove is ${state === 'off' ? 'not running' : state}`, hint: 'Start it with: cove start' })
}
