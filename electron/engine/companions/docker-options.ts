import type { Logger } from '#base/log.ts'
import { withLimit } from '#base/limit.ts'
import { CoveError } from '#contract/errors.ts'
import { remark } from '#contract/remark.ts'
import type { Machine } from '../life/machine.ts'
import type { Companion, Session } from '../life/parts.ts'
import { applyWishes, refusalOf, type Applied, type GuestWishes } from '../registries/guest-docker.ts'
import type { DaemonOptions } from '../registries/daemon-options.ts'
import type { OptionsFile } from '../registries/options-file.ts'
import { readUserOptions } from '../registries/user-options.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { Activity } from '../sleep/activity.ts'
import { UseWatch } from '../sleep/use-watch.ts'
import { dockerRunning, guestDocker } from './docker-access.ts'
import { DockerWishes } from './docker-wishes.ts'

/** What Docker's options follow from. */
export interface DockerOptionsParts {
  settings: SettingsFile
  /** The user's own options, and by what name the guest's Docker is known that accepted them. */
  user: { file: OptionsFile; image: () => Promise<string> }
  machine: Machine
  /** Clients of docker.sock among others: a build, a pull or a push would not survive Docker's end. */
  activity: Pick<Activity, 'isBusy' | 'holds' | 'onChange'>
  log: Logger
}

const warningSource = 'docker-options'
const userSource = 'user-docker-options'
/** Less than a command's patience; Docker in an emulated guest takes longer to start. */
const settledMs = 5000
const restartLimitMs = 120_000
const mostTries = 3
const pendingWarning = "Docker takes over changed CA certificates, a new proxy, another image store or imported options when it starts again. That waits until no container runs and no docker command is under way (one that has said nothing for five minutes, like docker events, does not count); cove restart does it now and ends them."

/** Docker's options as the host's settings want them: given to each guest at boot, and brought to a running one when they change. */
export class DockerOptions implements Disposable {
  readonly #parts: DockerOptionsParts
  readonly #own: DockerWishes
  readonly #listening: Disposable[]
  #present: { session: Session; end: AbortController } | undefined
  /** While Docker has to start again and could not yet. */
  #pending: UseWatch | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(parts: DockerOptionsParts) {
    this.#parts = parts
    this.#own = new DockerWishes({ settings: parts.settings, machine: parts.machine, onChange: () => this.refresh() })
    this.#listening = [this.#own, parts.activity.onChange(() => this.#retry())]
  }

  readonly companion: Companion = {
    name: 'docker-options',
    joinSession: async (session) => {
      const end = new AbortController()
      this.#present = { session, end }
      const listening = [session.docker.live.on('container', () => this.#retry()), this.#own.watchHost()]
      // A guest that ran on or slept may have missed something. What a former engine left is brought up to date first:
      // nobody should be told that Docker runs just before it starts again.
      this.refresh()
      if (session.vm.startedAt.getTime() < performance.timeOrigin) await this.#work
      return {
        [Symbol.asyncDispose]: async () => {
          for (const each of listening) each[Symbol.dispose]()
          this.#present = undefined
          this.#setPending(false)
          end.abort()
          await this.#work
        },
      }
    },
  }

  /** What a guest reads at boot, by fw_cfg name (resources/guest/supervisor/config.c). */
  async guestFiles(): Promise<Record<string, string>> {
    const { options, certificates, proxyEnvironment } = await this.#wishes()
    return { 'daemon.json': JSON.stringify(options), 'ca.pem': certificates, 'proxy-env': proxyEnvironment }
  }

  /** Resolves when Docker has, or has been refused, what was last asked for; after some seconds in any case. */
  async settled(): Promise<void> {
    await withLimit({ what: "Docker's options", ms: settledMs }, () => this.#work).catch(() => undefined)
  }

  [Symbol.dispose](): void {
    for (const each of this.#listening) each[Symbol.dispose]()
    this.#setPending(false)
  }

  /** What Cove gives Docker by itself. */
  async ownOptions(): Promise<DaemonOptions> {
    return (await this.#wishes({})).options
  }

  /** What Docker in the guest says of other options of the user's; undefined when it would take them. @throws CoveError `vm.not-running`. */
  async refusalOf(user: DaemonOptions, signal: AbortSignal): Promise<string | undefined> {
    return refusalOf(guestDocker(this.#required, () => this.#isUsed), await this.#wishes(user), signal)
  }

  /** Has Docker start again with what the files say now, whoever uses it; resolves when it answers. @throws CoveError when it does not. */
  async enforce(signal: AbortSignal): Promise<void> {
    const work = this.#work.then(() => this.#apply({ mayEndContainers: true, signal }))
    this.#work = work.catch(() => undefined)
    await work
  }

  get #required(): Session {
    if (this.#present) return this.#present.session
    throw new CoveError('vm.not-running', { message: 'Docker is not running, so it cannot check its options', hint: 'Start it with: cove start' })
  }

  /** Without an argument the user's options as far as this Docker accepted them. */
  async #wishes(user?: DaemonOptions): Promise<GuestWishes> {
    return await this.#own.read(user ?? (await this.#acceptedOptions()))
  }

  async #acceptedOptions(): Promise<DaemonOptions> {
    const { file, image } = this.#parts.user
    try {
      if (await file.isAccepted(await image())) return readUserOptions(await file.text()).options ?? {}
    } catch (error) {
      this.#parts.log.warn("the user's options of Docker cannot be read", { error })
    }
    return {}
  }

  /** Options that were changed by hand, or that another Docker accepted, are checked before they are given to this one. */
  async #acceptChanged(session: Session, signal: AbortSignal): Promise<void> {
    const { file, image } = this.#parts.user
    const present = await image()
    if (await file.isAccepted(present)) return this.#parts.machine.setStandingWarnings([], userSource)
    const { options, problems } = readUserOptions(await file.text())
    const refusal = options ? await refusalOf(guestDocker(session, () => this.#isUsed), await this.#wishes(options), signal) : problems[0]!.message
    if (refusal === undefined) await file.accept(present)
    this.#parts.machine.setStandingWarnings(refusal === undefined ? [] : [remark('daemon.left-out', `Docker refuses its options (cove daemon show), which are left out: ${refusal.trim().slice(0, 500)}`, {})], userSource)
  }

  /** Whoever stood in the way may have gone. */
  #retry(): void {
    if (this.#pending && !this.#isUsed && this.#present?.session.docker.live.alive === 0) this.refresh()
  }

  /** Whether somebody has something under way that Docker's end would cut off, as far as one can know. */
  get #isUsed(): boolean {
    return this.#pending ? this.#pending.isUsed : this.#parts.activity.isBusy
  }

  #setPending(isPending: boolean): void {
    if (isPending) this.#pending ??= new UseWatch({ activity: this.#parts.activity, onLook: () => this.#retry() })
    else {
      this.#pending?.[Symbol.dispose]()
      this.#pending = undefined
    }
  }

  /** Brings to Docker what settings and files say; where it has to start again for that, once nobody uses it. */
  refresh(): void {
    this.#work = this.#work.then(async () => {
      // A Docker that stood still for a while would keep its former options, and nobody would tell it again.
      for (let tries = 0; this.#present && tries < mostTries; tries++) {
        try {
          return await this.#apply()
        } catch (error) {
          if (this.#present) this.#parts.log.warn('Docker does not have its options', { error })
        }
      }
    })
  }

  async #apply({ mayEndContainers = false, signal }: { mayEndContainers?: boolean; signal?: AbortSignal } = {}): Promise<void> {
    if (!this.#present) return
    const { session, end } = this.#present
    const ending = signal ? AbortSignal.any([end.signal, signal]) : end.signal
    await this.#acceptChanged(session, ending).catch((error: unknown) => this.#parts.log.warn("the user's options of Docker cannot be checked", { error }))
    using docker = dockerRunning(session)
    const access = guestDocker(session, () => this.#isUsed)
    const applied = await applyWishes(mayEndContainers ? { ...access, isInUse: () => Promise.resolve(false) } : access, await this.#wishes(), ending)
    if (applied === 'restarted') {
      const again = withLimit({ what: 'Docker to start again', ms: restartLimitMs, signal: ending }, () => docker.again)
      session.docker.live.letGo(again)
      await again
    }
    if (applied !== 'unchanged') this.#parts.log.info('Docker\'s options changed', { applied })
    this.#warn(applied)
  }

  #warn(applied: Applied): void {
    this.#setPending(applied === 'pending')
    this.#parts.machine.setStandingWarnings(applied === 'pending' ? [remark('daemon.pending', pendingWarning, {})] : [], warningSource)
  }
}
