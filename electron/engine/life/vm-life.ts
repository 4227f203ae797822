import type { Duplex } from 'node:stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'
import { cancelled, withLimit } from '#base/limit.ts'
import type { Vm } from '../vm/driver.ts'
import type { Machine } from './machine.ts'
import { guestDockerSocket, type LifeParts, type Session } from './parts.ts'
import { findLeftVm, joinSession, startSession, type Attempt, type StepReporter } from './session.ts'
import { watchSession } from './session-watch.ts'

/** Milliseconds the guest gets to power off by itself. */
const stopGraceMs = 5000
/** The longest a stop may take in all; the driver forces it long before. */
const stopLimitMs = 60_000

type Open = (attempt: Attempt) => Promise<Session>

/** Starts, stops and re-joins the vm; the only one who moves the machine between its states. */
export class VmLife implements AsyncDisposable {
  readonly #parts: LifeParts
  readonly #machine: Machine
  readonly #ending = new AbortController()
  #session: Session | undefined
  #unwatch: Disposable | undefined
  /** A former engine's vm is being looked for: whether one runs is not known. */
  #lookup: Promise<boolean> | undefined
  #start: { abort: AbortController; done: Promise<Status> } | undefined
  #stop: Promise<Status> | undefined

  constructor(parts: LifeParts, machine: Machine) {
    this.#parts = parts
    this.#machine = machine
  }

  /** The session while Docker answers. @throws CoveError `vm.not-running`. */
  get session(): Session {
    if (this.#session) return this.#session
    throw new CoveError('vm.not-running', { message: `the vm is not running (state: ${this.#machine.state})`, hint: 'Start it with: cove start' })
  }

  get maybeSession(): Session | undefined {
    return this.#session
  }

  /** Boots the vm, or joins a start under way. @throws the CoveError that made it fail. */
  async start(): Promise<Status> {
    await this.#lookup
    while (this.#stop) await this.#stop.catch(() => undefined)
    this.#ending.signal.throwIfAborted()
    if (this.#start) return this.#start.done
    if (this.#machine.state === 'running') return this.#machine.status
    const hasFailed = this.#machine.state === 'failed'
    return this.#begin('start', async (attempt) => {
      // What failed may have left its vm running; a second one would be refused.
      await this.#letGo()
      const left = hasFailed ? await findLeftVm(this.#parts, attempt.signal) : undefined
      return left ? joinSession(this.#parts, left, this.#leaving(attempt)) : startSession(this.#parts, attempt)
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
    if (this.#session && this.#machine.state === 'running') return this.#session.tunnel.openSocket(guestDockerSocket, signal)
    const { state, reason, hint } = this.#machine.status
    if (state === 'failed') throw new CoveError('engine.stopped', { message: `Cove failed: ${reason}`, ...(hint === null ? {} : { hint }) })
    throw new CoveError('engine.stopped', { message: `Cove is ${state === 'off' ? 'not running' : state}`, hint: 'Start it with: cove start' })
  }

  /** Leaves the vm running and lets go of everything that reaches it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new CoveError('engine.stopped', { message: 'the engine ends', hint: 'Try again' })
    this.#ending.abort(reason)
    await this.#lookup
    await this.#stop?.catch(() => undefined)
    this.#start?.abort.abort(reason)
    await this.#start?.done.catch(() => undefined)
    await this.#letGo()
  }

  async #attachNow(signal: AbortSignal): Promise<boolean> {
    let vm: Vm | undefined
    try {
      vm = await findLeftVm(this.#parts, signal)
    } catch (error) {
      // A vm may run that we cannot reach: "off" would be a guess.
      if (!this.#ending.signal.aborted) this.#fail(toCoveError(error, 'vm.start-failed'))
      return false
    }
    if (!vm) return false
    this.#parts.log.info('re-attaching to a running vm', { pid: vm.pid })
    const found = vm
    void this.#begin('attach', (attempt) => joinSession(this.#parts, found, this.#leaving(attempt)))
    return true
  }

  /** An attempt at a vm that was there before us: only a stop ends it. */
  #leaving(attempt: Attempt): Attempt {
    return { ...attempt, keepsVm: () => this.#stop === undefined }
  }

  #begin(task: string, open: Open): Promise<Status> {
    const abort = new AbortController()
    const done = this.#run(task, open, abort.signal).finally(() => (this.#start = undefined))
    // Whoever asked sees the error; the state shows it to everyone else.
    done.catch(() => undefined)
    this.#start = { abort, done }
    return done
  }

  async #run(name: string, open: Open, signal: AbortSignal): Promise<Status> {
    const task = this.#parts.store.startTask(name)
    this.#machine.go('starting', { step: name === 'attach' ? 'attach' : 'image' })
    this.#machine.update({ vm: null, docker: null, bootSteps: [], warnings: [] })
    try {
      this.#session = await open({ report: this.#reporter(signal), signal, keepsVm: () => this.#ending.signal.aborted })
      signal.throwIfAborted()
      this.#machine.update({ docker: this.#session.version })
      this.#machine.go('running')
      this.#unwatch = watchSession(this.#session, { parts: this.#parts, machine: this.#machine, onDied: (error) => this.#died(error) })
      this.#parts.store.addEvent('engine.running', { steps: this.#machine.status.bootSteps })
      task.end('done')
      return this.#machine.status
    } catch (error) {
      const cause = toCoveError(signal.aborted ? signal.reason : error, 'vm.start-failed')
      task.end(signal.aborted ? 'cancelled' : 'failed', cause.message)
      // Whoever cancelled ends, or leaves, the session that came all the same.
      if (!signal.aborted) {
        await this.#letGo()
        this.#fail(cause)
      }
      throw cause
    }
  }

  #reporter(signal: AbortSignal): StepReporter {
    const update = (change: Partial<Status>): void => {
      if (!signal.aborted) this.#machine.update(change)
    }
    return {
      begin: (step) => update({ step }),
      end: (step, ms) => update({ bootSteps: [...this.#machine.status.bootSteps, { name: step, ms: Math.round(ms) }] }),
      vm: (vm) => {
        const { pid, accelerator, cpus, memoryMiB, startedAt } = vm
        update({ vm: { pid, accelerator, cpus, memoryMiB, startedAt: startedAt.toISOString() }, warnings: [...vm.warnings] })
      },
    }
  }

  async #stopNow(): Promise<Status> {
    await this.#lookup
    if (this.#machine.state === 'off') return this.#machine.status
    const task = this.#parts.store.startTask('stop')
    this.#machine.go('stopping', { step: 'poweroff' })
    try {
      this.#start?.abort.abort(cancelled('the start'))
      await this.#start?.done.catch(() => undefined)
      this.#unwatch?.[Symbol.dispose]()
      await withLimit({ what: 'the vm to stop', ms: stopLimitMs, code: 'vm.step-timeout', hint: 'See the details: cove logs engine' }, (signal) => this.#endVm(signal))
      await this.#letGo()
      this.#goOff()
      task.end('done')
      return this.#machine.status
    } catch (error) {
      const cause = toCoveError(error)
      task.end('failed', cause.message)
      this.#fail(cause)
      throw cause
    }
  }

  /** Ends the session's vm or, where none reaches it, the one that a failure left behind. */
  async #endVm(signal: AbortSignal): Promise<void> {
    if (this.#session) return void (await this.#session.vm.stop({ graceMs: stopGraceMs }))
    await using left = await findLeftVm(this.#parts, signal)
    await left?.stop({ graceMs: stopGraceMs })
  }

  #goOff(): void {
    this.#machine.update({ vm: null, docker: null, warnings: [] })
    this.#machine.go('off')
    this.#parts.store.addEvent('engine.off', {})
  }

  #died(error: CoveError): void {
    if (this.#machine.state !== 'running') return
    this.#fail(error)
    this.#letGo().catch((cause: unknown) => this.#parts.log.error('clean-up after a died vm', { error: cause }))
  }

  #fail(error: CoveError): void {
    this.#parts.log.error('failed', { code: error.code, message: error.message })
    this.#parts.store.addEvent('engine.failed', { code: error.code, message: error.message })
    this.#machine.update({ vm: null, docker: null, warnings: [] })
    this.#machine.go('failed', { reason: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) })
  }

  async #letGo(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    this.#unwatch?.[Symbol.dispose]()
    this.#unwatch = undefined
    await session?.[Symbol.asyncDispose]()
  }
}
