import { toCoveError } from '#contract/errors.ts'
import type { Settings } from '#contract/setting.ts'
import type { Logger } from '#base/log.ts'
import type { Companion, Session } from '../life/parts.ts'
import type { Activity } from './activity.ts'

/** What decides about sleep. */
export interface SleepWhenIdleOptions {
  settings: () => Settings
  /** Calls back whenever a setting changes. */
  onSettings(listener: () => void): Disposable
  activity: Activity
  /** Whether containers survive the sleep. */
  canSave: boolean
  sleep(): Promise<unknown>
  log: Logger
}

/**
 * Lets the vm fall asleep once no container runs and nobody needs it for `sleep.afterMin`. Told by Docker's events and by
 * who comes and goes; the one timer there is runs only while all is quiet.
 */
export class SleepWhenIdle implements Companion, Disposable {
  readonly name = 'sleep'
  readonly #options: SleepWhenIdleOptions
  readonly #listening: Disposable[]
  #session: Session | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: SleepWhenIdleOptions) {
    this.#options = options
    const review = (): void => this.#review()
    this.#listening = [options.activity.onChange(review), options.onSettings(review)]
  }

  async joinSession(session: Session): Promise<AsyncDisposable> {
    const review = (): void => this.#review()
    const { live } = session.docker
    const listening = [live.on('listed', review), live.on('container', review)]
    this.#session = session
    review()
    return {
      [Symbol.asyncDispose]: async () => {
        for (const each of listening) each[Symbol.dispose]()
        this.#session = undefined
        review()
      },
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const each of this.#listening) each[Symbol.dispose]()
  }

  /** Whether the containers there are let the vm sleep. */
  get #mayContainersSleep(): boolean {
    if (!this.#session?.docker.live.isListed) return false
    const { vm, docker: { live } } = this.#session
    return live.alive === 0 || (this.#options.canSave && vm.unsavable === null && this.#options.settings()['sleep.withContainers'])
  }

  #review(): void {
    clearTimeout(this.#timer)
    const { settings, activity } = this.#options
    const minutes = settings()['sleep.afterMin']
    if (!this.#session || minutes === 0 || activity.isBusy || !this.#mayContainersSleep) return
    this.#timer = setTimeout(() => void this.#sleep(this.#session), minutes * 60_000).unref()
  }

  async #sleep(session: Session | undefined): Promise<void> {
    const { sleep, log } = this.#options
    try {
      if (!session || session !== this.#session) return
      // Traffic of published ports goes past the engine; QEMU is asked once, when all else is quiet.
      if (session.docker.live.alive > 0 && (await session.vm.countConnections()) > 0) return this.#review()
      await sleep()
    } catch (error) {
      log.info('the vm does not fall asleep now', { why: toCoveError(error).message })
      this.#review()
    }
  }
}
