import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import type { ControlPort } from './control.ts'
import type { VmExit } from './driver.ts'
import type { QmpClient } from './qmp.ts'
import type { VmProcess } from './vm-process.ts'

/** What ends a QEMU, and how its end is known. */
export interface EndParts {
  process: VmProcess
  qmp: QmpClient | undefined
  control: ControlPort | undefined
  log: Logger
  exited: Promise<VmExit>
}

/** The ways to end a QEMU: ask its guest, ask QEMU itself, kill it. Whoever comes second shares the end of the first. */
export class QemuEnd {
  readonly #parts: EndParts
  readonly #impatience = new AbortController()
  #ending: Promise<VmExit> | undefined

  constructor(parts: EndParts) {
    this.#parts = parts
  }

  /** Whether the end was asked for. */
  get isAsked(): boolean {
    return this.#ending !== undefined
  }

  /** Ends the waiting for the guest or QEMU to end by themselves. */
  hurry(): void {
    this.#impatience.abort()
  }

  /** Asks the guest to power off, waits, then quits. */
  stop(graceMs: number, isPaused: boolean): Promise<VmExit> {
    return (this.#ending ??= this.#stop(graceMs, isPaused))
  }

  /** Ends QEMU without asking the guest. */
  quit(): Promise<VmExit> {
    return (this.#ending ??= this.#quit())
  }

  /** Ends QEMU as if its plug were pulled. */
  kill(): Promise<VmExit> {
    return (this.#ending ??= this.#kill())
  }

  async #stop(graceMs: number, isPaused: boolean): Promise<VmExit> {
    const { control, qmp, exited, log } = this.#parts
    // A paused guest hears nothing.
    if (isPaused) await qmp?.execute('cont', {}, 1000).catch(() => undefined)
    control?.askPowerOff()
    if (control && (await this.#isGoneWithin(graceMs))) return await exited
    log.warn('the guest did not power off in time', { graceMs })
    return await this.#quit()
  }

  async #quit(): Promise<VmExit> {
    const { qmp, exited, log, process } = this.#parts
    const quit = qmp?.execute('quit', {}, 1000).then(() => true, () => false)
    if (quit && (await this.#isGoneWithin(1000))) return await exited
    log.warn('QEMU did not quit and is killed', { pid: process.identity.pid })
    return await this.#kill()
  }

  async #kill(): Promise<VmExit> {
    const { process, exited } = this.#parts
    await process.kill()
    const limit = { what: `QEMU (process ${process.identity.pid}) to end after SIGKILL`, ms: 10_000, code: 'vm.step-timeout' as const }
    return await withLimit(limit, () => exited)
  }

  /** Waits for the end, at most `ms` and not at all once somebody is in a hurry. */
  async #isGoneWithin(ms: number): Promise<boolean> {
    const signal = this.#impatience.signal
    return await withLimit({ what: 'the vm to end', ms, signal }, async () => void (await this.#parts.exited)).then(
      () => true,
      () => false,
    )
  }
}
