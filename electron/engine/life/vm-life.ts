import type { Duplex } from 'node:stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'
import { cancelled, withLimit } from '#base/limit.ts'
import type { Machine } from './machine.ts'
import { guestDockerSocket, type LifeParts, type Session } from './parts.ts'
import { joinSession, startSession, type StepReporter } from './session.ts'
import { watchSession } from './session-watch.ts'

/** Milliseconds the guest gets to power off by itself. */
const stopGraceMs = 5000

/** Starts, stops and re-joins the vm; the only one who moves the machine between its states. */
export class VmLife implements AsyncDisposable {
  readonly #parts: LifeParts
  readonly #machine: Machine
  #session: Session | undefined
  #unwatch: Disposable | undefined
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
    await this.#stop?.catch(() => undefined)
    if (this.#start) return this.#start.done
    if (this.#machine.state === 'running') return this.#machine.status
    return this.#begin('start', (report, signal) => startSession(this.#parts, report, signal))
  }

  /** Re-joins the vm a former engine left running; false when there is none. */
  async attach(signal: AbortSignal): Promise<boolean> {
    const vm = await this.#parts.driver.attach(signal)
    if (!vm) return false
    this.#parts.log.info('re-attaching to a running vm', { pid: vm.pid })
    await this.#begin('attach', (report, own) => joinSession(this.#parts, { vm, report, signal: own })).catch(() => undefined)
    return true
  }

  /** Stops the vm cleanly; cancels a start under way. Resolves when it is off. */
  async stop(): Promise<Status> {
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
    await withLimit(limit, (own) => this.#machine.until(({ state }) => !['starting', 'waking'].includes(state), own))
    if (this.#session && this.#machine.state === 'running') return this.#session.tunnel.openSocket(guestDockerSocket, signal)
    const { state, reason, hint } = this.#machine.status
    if (state === 'failed') throw new CoveError('engine.stopped', { message: `Cove failed: ${reason}`, ...(hint === null ? {} : { hint }) })
    throw new CoveError('engine.stopped', { message: `Cove is ${state === 'off' ? 'not running' : state}`, hint: 'Start it with: cove start' })
  }

  /** Leaves the vm running and lets go of everything that reaches it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#start?.abort.abort(cancelled('the start'))
    await this.#start?.done.catch(() => undefined)
    await this.#letGo()
  }

  #begin(task: string, open: (report: StepReporter, signal: AbortSignal) => Promise<Session>): Promise<Status> {
    const abort = new AbortController()
    const done = this.#run(task, open, abort.signal).finally(() => (this.#start = undefined))
    // Whoever asked sees the error; the state shows it to everyone else.
    done.catch(() => undefined)
    this.#start = { abort, done }
    return done
  }

  async #run(name: string, open: (report: StepReporter, signal: AbortSignal) => Promise<Session>, signal: AbortSignal): Promise<Status> {
    const task = this.#parts.store.startTask(name)
    this.#machine.go('starting', { step: 'image' })
    this.#machine.update({ vm: null, docker: null, bootSteps: [] })
    try {
      this.#session = await open(this.#reporter(), signal)
      const docker = await this.#session.docker.version(signal)
      this.#unwatch = watchSession(this.#session, { parts: this.#parts, machine: this.#machine, onDied: (error) => this.#died(error) })
      this.#machine.update({ docker })
      this.#machine.go('running')
      this.#parts.store.addEvent('engine.running', { steps: this.#machine.status.bootSteps })
      task.end('done')
      return this.#machine.status
    } catch (error) {
      const cause = toCoveError(signal.aborted ? signal.reason : error, 'vm.start-failed')
      await this.#letGo()
      task.end(signal.aborted ? 'cancelled' : 'failed', cause.message)
      if (signal.aborted) throw cause
      this.#fail(cause)
      throw cause
    }
  }

  #reporter(): StepReporter {
    return {
      begin: (step) => this.#machine.update({ step }),
      end: (step, ms) => this.#machine.update({ bootSteps: [...this.#machine.status.bootSteps, { name: step, ms: Math.round(ms) }] }),
      vm: (vm) => {
        const { pid, accelerator, cpus, memoryMiB, startedAt } = vm
        this.#machine.update({ vm: { pid, accelerator, cpus, memoryMiB, startedAt: startedAt.toISOString() }, warnings: [...vm.warnings] })
      },
    }
  }

  async #stopNow(): Promise<Status> {
    const { state } = this.#machine
    if (state === 'off') return this.#machine.status
    const task = this.#parts.store.startTask('stop')
    this.#machine.go('stopping', { step: 'poweroff' })
    try {
      this.#start?.abort.abort(cancelled('the start'))
      await this.#start?.done.catch(() => undefined)
      const vm = this.#session?.vm
      this.#unwatch?.[Symbol.dispose]()
      await vm?.stop({ graceMs: stopGraceMs })
      await this.#letGo()
      this.#goOff()
      task.end('done')
      return this.#machine.status
    } catch (error) {
      task.end('failed', toCoveError(error).message)
      this.#fail(toCoveError(error))
      throw error
    }
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
    this.#machine.update({ vm: null, docker: null })
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
