import type { CoveError } from '#contract/errors.ts'
import type { Remark } from '#contract/remark.ts'
import type { Vm } from '../vm/driver.ts'
import type { Machine } from './machine.ts'
import type { LifeParts, Session } from './parts.ts'
import { watchSession } from './session-watch.ts'

/** The session there is now, and the state that tells of it: the end of every change of the vm's life. */
export class Present {
  readonly parts: LifeParts
  readonly machine: Machine
  #session: Session | undefined
  /** A session whose vm runs but is not reached any more, or not yet again. */
  #bare: Session | undefined
  #watching: Disposable | undefined
  readonly #onPoweredOff: () => void

  /** `onPoweredOff`: the guest of the running session switched itself off, as `poweroff` in a shell of it does. */
  constructor(parts: LifeParts, machine: Machine, onPoweredOff: () => void) {
    this.parts = parts
    this.machine = machine
    this.#onPoweredOff = onPoweredOff
  }

  get session(): Session | undefined {
    return this.#session
  }

  /** The vm that runs, whether a session reaches it or not. */
  get vm(): Vm | undefined {
    return this.#session?.vm ?? this.#bare?.vm
  }

  /** Lets go of everything but the vm. */
  async bare(): Promise<void> {
    this.#bare = this.#session
    this.#session = undefined
    await this.#bare?.release()
  }

  /** Hands the bare vm to whoever reaches it anew. */
  takeVm(): Vm | undefined {
    const vm = this.#bare?.vm
    this.#bare = undefined
    return vm
  }

  /** Takes a session over, whoever may have to end it. */
  hold(session: Session): void {
    this.#session = session
  }

  /** Docker answers: the held session is the one everybody uses. */
  run(): void {
    if (!this.#session) return
    this.machine.update({ docker: this.#session.version })
    this.machine.go('running')
    this.#watching = watchSession(this.#session, {
      parts: this.parts,
      machine: this.machine,
      onDied: (error) => this.#died(error),
      onPoweredOff: () => this.machine.state === 'running' && this.#onPoweredOff(),
    })
    this.parts.store.addEvent('engine.running', { steps: this.machine.status.bootSteps })
  }

  /** What happens to the vm is expected from here on. */
  lookAway(): void {
    this.#watching?.[Symbol.dispose]()
    this.#watching = undefined
  }

  goOff(): void {
    this.machine.update({ vm: null, docker: null, remarks: [] })
    this.machine.go('off')
    this.parts.store.addEvent('engine.off', {})
  }

  /** The vm sleeps, since `savedAt` if that was before this engine. */
  goAsleep(savedAt?: Date, remarks: Remark[] = []): void {
    this.machine.update({ vm: null, docker: null, remarks })
    this.machine.go('sleeping')
    if (savedAt) this.machine.update({ since: savedAt.toISOString() })
  }

  fail(error: CoveError): void {
    this.parts.log.error('failed', { code: error.code, message: error.message })
    this.parts.store.addEvent('engine.failed', { code: error.code, message: error.message })
    this.machine.update({ vm: null, docker: null, remarks: [] })
    this.machine.go('failed', { error })
  }

  /** Lets go of the session; its vm runs on, if it runs. */
  async letGo(): Promise<void> {
    const session = this.#session ?? this.#bare
    this.#session = undefined
    this.#bare = undefined
    this.lookAway()
    await session?.[Symbol.asyncDispose]()
  }

  #died(error: CoveError): void {
    if (this.machine.state !== 'running') return
    this.fail(error)
    this.letGo().catch((cause: unknown) => this.parts.log.error('clean-up after a died vm', { error: cause }))
  }
}
