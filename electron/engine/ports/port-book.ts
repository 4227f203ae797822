import { errnoOf } from '#base/errno.ts'
import type { Logger } from '#base/log.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Remark } from '#contract/remark.ts'
import { adoptForward, type Forward, type Forwards, openForward, type OpenPort, openRelay } from './host-ports.ts'
import { type Binding, bindingOf, type BindRule, describeBinding, isSameBinding, isTwin, isWildcard, type WantedPort } from './port-plan.ts'
import { refusalRemark } from './refusal.ts'

/** More than so many are not opened, whatever the guest says. */
const mostPorts = 4096

/** The way of published ports through a vm. */
export interface GuestPorts extends Forwards {
  /** Asks for a page of wanted ports with ids above `after`. */
  askWanted(after: number): void
  /** Whether the guest is to want ports also for servers that Docker did not publish. */
  followListeners(isOn: boolean): void
  answer(id: number, problem?: string): void
}

/** What the guest says of its ports. */
export type PortMessage = ({ type: 'port' } & WantedPort) | { type: 'port-closed'; id: number } | { type: 'ports'; ports: WantedPort[]; isLast: boolean }

/** One wanted port and what became of it. */
export interface PortState {
  want: WantedPort
  /** Where it listens or should. */
  binding: Binding
  /** Why it does not listen. */
  problem: string | undefined
  /** The same by its code and values. */
  remark: Remark | undefined
}

/** What a book is opened with. */
export interface PortBookOptions {
  ports: GuestPorts
  rule: () => BindRule
  /** Whether servers that Docker did not publish are wanted too. */
  withListeners: () => boolean
  log: Logger
  /** Told of each refusal. */
  onRefused(state: PortState): void
  /** Told whenever the refusals may have changed that nobody else reports. */
  onChange(unreported: readonly PortState[]): void
}

interface Entry {
  want: WantedPort
  open?: OpenPort
  problem?: string
  /** What bind() said of it. */
  cause?: string | undefined
  /** Docker itself reported the refusal to whoever published the port. */
  isReported?: boolean
  /** This computer has no such address, and nobody named it. */
  isNeedless?: boolean
  isGone?: boolean
}

/** The ports one vm wants, opened on this computer one after the other in the order they were asked for. */
export class PortBook implements AsyncDisposable {
  readonly #options: PortBookOptions
  readonly #entries = new Map<number, Entry>()
  readonly #synced = Promise.withResolvers<void>()
  #isSynced = false
  #isEnding = false
  #left: Forward[] = []
  #work: Promise<void> = Promise.resolve()

  constructor(options: PortBookOptions) {
    this.#options = options
  }

  /** Resolves when the guest has told what it wants already, and that is open or refused. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** Asks the guest; what it wants before it has answered waits. */
  begin(): void {
    this.#options.ports.followListeners(this.#options.withListeners())
    this.#options.ports.askWanted(0)
  }

  /** Follows settings that have changed. Resolves when that is done. */
  async follow(): Promise<void> {
    this.#options.ports.followListeners(this.#options.withListeners())
    await this.retry()
  }

  /** Takes in a message of the guest. */
  hear(message: PortMessage): void {
    if (message.type === 'ports') return this.#notePage(message)
    if (message.type === 'port') this.#note(message)
    else this.#noteGone(message.id)
    if (this.#isSynced) void this.#settle()
  }

  /** Every wanted port, but those that this computer has no address for. */
  list(): PortState[] {
    return [...this.#entries.values()].filter(({ isNeedless, isGone }) => !isNeedless && !isGone).map((entry) => this.#stateOf(entry))
  }

  /** Tries refused ports anew, and all where the rule has changed. Resolves when that is done. */
  async retry(): Promise<void> {
    for (const entry of this.#entries.values()) delete entry.problem
    if (this.#isSynced) await this.#settle()
  }

  /** Lets go: forwards of the vm go on without us, relays end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true
    await this.#work
    for (const { open } of this.#entries.values()) await open?.release()
    this.#entries.clear()
    this.#options.onChange([])
    this.#synced.resolve()
  }

  #note(want: WantedPort): void {
    const known = this.#entries.get(want.id)
    if (known) {
      // Docker went on without our answer, so nobody but us tells of a refusal.
      known.want = { ...known.want, isWaiting: want.isWaiting }
      known.isReported = want.isWaiting
    } else if (this.#entries.size < mostPorts) this.#entries.set(want.id, { want })
    else this.#options.ports.answer(want.id, `more than ${mostPorts} published ports`)
  }

  #noteGone(id: number): void {
    const entry = this.#entries.get(id)
    if (entry) entry.isGone = true
  }

  #notePage({ ports, isLast }: { ports: WantedPort[]; isLast: boolean }): void {
    for (const want of ports) this.#note(want)
    const last = ports.at(-1)
    if (!isLast && last) return this.#options.ports.askWanted(last.id)
    if (this.#isSynced) return
    this.#isSynced = true
    this.#work = this.#work.then(() => this.#findLeft())
    void this.#settle().finally(() => this.#synced.resolve())
  }

  /** What a former engine opened; what nobody wants any more is closed first, it may be in the way. */
  async #findLeft(): Promise<void> {
    const { ports, log } = this.#options
    try {
      this.#left = await ports.list()
      const wanted = [...this.#entries.values()].map((entry) => this.#bindingOf(entry))
      for (const forward of this.#left) if (!wanted.some((binding) => isSameBinding(binding, forward))) await ports.remove(forward)
    } catch (error) {
      log.warn('cannot list the ports of the vm', { error })
    }
  }

  #settle(): Promise<void> {
    this.#work = this.#work.then(async () => {
      for (const [id, entry] of this.#entries) await this.#closeIfNeedless(id, entry)
      for (const entry of this.#entries.values()) await this.#openIfWanted(entry)
      this.#options.onChange([...this.#entries.values()].filter(({ problem, isReported }) => problem !== undefined && !isReported).map((entry) => this.#stateOf(entry)))
    })
    return this.#work
  }

  async #closeIfNeedless(id: number, entry: Entry): Promise<void> {
    const { open, want, isGone } = entry
    const isMoved = open !== undefined && !isSameBinding(open.binding, this.#bindingOf(entry))
    if (isGone) this.#entries.delete(id)
    if (!open || (!isGone && !isMoved)) return
    delete entry.open
    await open.close().catch((error: unknown) => this.#options.log.warn('cannot close a port', { port: describeBinding(open.binding), error }))
    // Whoever was refused because of this one has its chance.
    for (const other of this.#entries.values()) if (other.want.hostPort === want.hostPort && other.want.protocol === want.protocol) delete other.problem
  }

  async #openIfWanted(entry: Entry): Promise<void> {
    if (this.#isEnding || entry.open || entry.isGone || entry.isNeedless || entry.problem !== undefined) return
    try {
      entry.open = await this.#open(entry)
    } catch (error) {
      this.#refuse(entry, error)
    }
    const { want } = entry
    if (want.isWaiting) this.#options.ports.answer(want.id, entry.problem)
    entry.isReported = want.isWaiting
    entry.want = { ...want, isWaiting: false }
    // Docker waits for the answer; what is written of it need not be awaited.
    if (entry.problem !== undefined) this.#options.onRefused(this.#stateOf(entry))
  }

  #refuse(entry: Entry, error: unknown): void {
    const cause = error instanceof CoveError ? errnoOf(error.cause) : undefined
    const binding = this.#bindingOf(entry)
    // Docker publishes on IPv6 too where nobody asked for it: a computer without has nothing to miss.
    if (binding.kind === 'relay' && isWildcard(entry.want) && cause !== undefined && cause !== 'EADDRINUSE') {
      entry.isNeedless = true
      return
    }
    entry.problem = toCoveError(error).message
    entry.cause = cause
  }

  async #open(entry: Entry): Promise<OpenPort> {
    const { ports } = this.#options
    const binding = this.#bindingOf(entry)
    if (binding.guestPort === 0) throw new CoveError('port.refused', { message: 'the container has no IPv4 address, which forwards from this computer need' })
    if (binding.kind === 'relay') return await openRelay(ports, binding, this.#twinOf(entry))
    const isLeft = this.#left.some((forward) => isSameBinding(binding, forward))
    this.#left = this.#left.filter((forward) => !isSameBinding(binding, forward))
    return isLeft ? adoptForward(ports, binding) : await openForward(ports, binding)
  }

  /** The open IPv4 binding of the same port on loopback. */
  #twinOf(entry: Entry): Binding | undefined {
    const onLoopback = ['127.0.0.1', '0.0.0.0']
    return this.#entries.values().find(({ want, open }) => open?.binding.kind === 'forward' && onLoopback.includes(open.binding.hostAddress) && isTwin(want, entry.want))?.open?.binding
  }

  #bindingOf({ want }: Pick<Entry, 'want'>): Binding {
    return bindingOf(want, this.#options.rule())
  }

  #stateOf(entry: Entry): PortState {
    const { want, open, problem, cause } = entry
    const binding = open?.binding ?? this.#bindingOf(entry)
    return { want, binding, problem, remark: problem === undefined ? undefined : refusalRemark(binding, cause, problem) }
  }
}
