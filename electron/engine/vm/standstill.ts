import { dirname } from 'node:path'
import { z } from 'zod'
import type { Logger } from '#base/log.ts'
import type { PauseCause } from './driver.ts'
import { watchForRoom } from './pause-watch.ts'
import type { QmpClient, QmpEvent } from './qmp.ts'
import type { VmProcess } from './vm-process.ts'

/** What stands still, and who is told. */
export interface StandstillParts {
  /** @throws CoveError `vm.not-running` when nobody is let in. */
  monitor: () => QmpClient
  process: VmProcess
  dataDisk: string
  log: Logger
  onPaused: (cause: PauseCause) => void
  onResumed: () => void
}

/** Whether a running QEMU's guest stands still, and why; goes on by itself where the host disk was full and has room again. */
export class Standstill implements Disposable {
  readonly #parts: StandstillParts
  #cause: PauseCause | null
  #blockError: 'no-space' | 'io-error' | undefined
  #roomWatch: Disposable | undefined
  #isBroken = false

  constructor(parts: StandstillParts, found: PauseCause | null) {
    this.#parts = parts
    this.#cause = found
    if (found === 'no-space') this.#watchForRoom()
    if (found === 'asked') this.#endIfBroken()
  }

  get cause(): PauseCause | null {
    return this.#cause
  }

  /** The accelerator could not carry the guest on, and its QEMU was ended for that. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  hear({ name, data }: QmpEvent): void {
    if (name === 'BLOCK_IO_ERROR') this.#blockError = data['nospace'] === true ? 'no-space' : 'io-error'
    else if (name === 'STOP') this.#onStop()
    else if (name === 'RESUME') this.#onResume()
  }

  [Symbol.dispose](): void {
    this.#roomWatch?.[Symbol.dispose]()
  }

  #onStop(): void {
    const cause = this.#blockError ?? 'asked'
    this.#cause = cause
    this.#parts.log[cause === 'asked' ? 'info' : 'warn']('the vm is paused', { cause })
    if (cause === 'no-space') this.#watchForRoom()
    if (cause === 'asked') this.#endIfBroken()
    this.#parts.onPaused(cause)
  }

  #onResume(): void {
    this.#cause = null
    this.#blockError = undefined
    this.#roomWatch?.[Symbol.dispose]()
    this.#roomWatch = undefined
    this.#parts.onResumed()
  }

  #watchForRoom(): void {
    const { dataDisk, monitor, log } = this.#parts
    this.#roomWatch?.[Symbol.dispose]()
    const resume = async (): Promise<unknown> => await monitor().execute('cont')
    this.#roomWatch = watchForRoom(dirname(dataDisk), () => void resume().catch((error: unknown) => log.warn('cannot resume the vm', { error })))
  }

  /** A guest that its accelerator cannot carry on is kept for somebody who debugs it; `cont` does not help it. */
  #endIfBroken(): void {
    const { monitor, process, log } = this.#parts
    const look = async (): Promise<void> => {
      if ((await runState(monitor())) !== 'internal-error') return
      this.#isBroken = true
      log.error('the accelerator cannot carry the guest on; QEMU is ended')
      await process.kill()
    }
    look().catch((error: unknown) => log.warn('cannot tell why the vm stands still', { error }))
  }
}

const Status = z.object({ status: z.string() })
const Disks = z.array(z.object({ 'io-status': z.string().optional() }))

async function runState(qmp: QmpClient): Promise<string> {
  return Status.parse(await qmp.execute('query-status')).status
}

/** Why QEMU is paused now, from query-status and the data disk's io-status (qemu-qmp-ref(7)). */
export async function pauseCause(qmp: QmpClient): Promise<PauseCause | null> {
  const status = await runState(qmp)
  if (status === 'running' || status === 'prelaunch') return null
  if (status !== 'io-error') return 'asked'
  const disks = Disks.parse(await qmp.execute('query-block'))
  return disks.some((disk) => disk['io-status'] === 'nospace') ? 'no-space' : 'io-error'
}
