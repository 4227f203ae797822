import { EventEmitter, once } from 'node:events'
import { CoveError } from '#contract/errors.ts'
import type { Vm, VmExit } from '../vm/driver.ts'
import type { GuestMessage } from '../vm/guest-message.ts'
import { bootSteps, optionalSteps, type GuestStep } from './boot-steps.ts'

/** Collects what the guest tells of its boot so that each step can be awaited, before or after it happened. */
export class GuestProgress implements Disposable {
  readonly #vm: Vm
  readonly #events = new EventEmitter<{ told: [] }>().setMaxListeners(0)
  readonly #died = new AbortController()
  /** Guest uptime in ms at the end of each step. */
  readonly done = new Map<string, number>()
  #failure: CoveError | undefined

  constructor(vm: Vm) {
    this.#vm = vm
    vm.on('guest', this.#onGuest)
    // Not the event: the vm may have ended before anybody listened.
    void vm.exited.then((exit) => this.#died.abort(diedError(exit)))
  }

  /** Aborts, with the CoveError that says why, when the vm has ended. */
  get vmDied(): AbortSignal {
    return this.#died.signal
  }

  /** Resolves when the guest has done the step. @throws CoveError when the guest failed. */
  async reached(step: GuestStep, signal: AbortSignal): Promise<void> {
    while (!this.done.has(step)) {
      if (this.#failure) throw this.#failure
      await once(this.#events, 'told', { signal })
    }
  }

  readonly #onGuest = (message: GuestMessage): void => {
    if (message.type === 'step') this.done.set(message.name, message.uptimeMs)
    else if (message.type === 'ready') this.done.set('dockerd', message.uptimeMs)
    else if (message.type === 'failed' && optionalSteps.includes(message.step)) this.done.set(message.step, 0)
    else if (message.type === 'failed') this.#failure = guestFailed(message)
    else if (message.type === 'status') this.#replay(message)
    this.#events.emit('told')
  }

  #replay(message: Extract<GuestMessage, { type: 'status' }>): void {
    for (const [name, uptimeMs] of Object.entries(message.steps)) this.done.set(name, uptimeMs)
    // A guest that is ready has been through everything; what it does not list has failed and could be done without.
    if (message.ready) for (const step of ['dockerd', ...optionalSteps]) if (!this.done.has(step)) this.done.set(step, 0)
  }

  [Symbol.dispose](): void {
    this.#vm.off('guest', this.#onGuest)
  }
}

/** Why a vm that should run has ended. */
export function diedError(exit: VmExit): CoveError {
  return new CoveError('vm.died', { message: exit.reason, hint: 'Start it again with: cove start. Details: cove logs guest, cove logs qemu' })
}

function guestFailed({ step, message }: Extract<GuestMessage, { type: 'failed' }>): CoveError {
  const known = Object.hasOwn(bootSteps, step) ? bootSteps[step as GuestStep] : undefined
  return new CoveError('vm.guest-failed', {
    message: `the guest failed while ${known?.what ?? step}: ${message}`,
    hint: known?.hint ?? 'See what the guest printed: cove logs guest',
  })
}
