import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import type { Remark } from '#contract/remark.ts'
import { type GuestPorts, PortBook, type PortMessage, type PortState } from './port-book.ts'
import { type BindRule, describeBinding } from './port-plan.ts'

/** What the guest has wanted for long is open within ms; a guest that does not tell must not hold up Docker. */
const syncLimitMs = 3000

/** The part of a vm used here. */
export interface PortsVm {
  readonly ports: GuestPorts
  on(event: 'guest', listener: (message: { type: string }) => void): void
  off(event: 'guest', listener: (message: { type: string }) => void): void
}

/** What published ports are kept with. */
export interface PortsOptions {
  rule: () => BindRule
  withListeners: () => boolean
  /** Calls back on each change of these, until disposed. */
  onRule(listener: () => void): Disposable
  log: Logger
  /** An event of the engine's history. */
  remember(kind: 'port.refused', detail: Record<string, unknown>): void
  /** Warnings of the status. */
  warn(warnings: Remark[]): void
}

/** Keeps published ports open on this computer for every vm that runs. */
export class PortsCompanion {
  readonly name = 'ports'
  readonly #options: PortsOptions
  #book: PortBook | undefined

  constructor(options: PortsOptions) {
    this.#options = options
  }

  /** Follows the guest's wishes from its first moment: containers that come back by themselves publish before Docker is ready. */
  async joinVm(vm: PortsVm): Promise<AsyncDisposable> {
    const { rule, withListeners, log, remember, warn } = this.#options
    const book = new PortBook({
      ports: vm.ports,
      rule,
      withListeners,
      log,
      onRefused: ({ binding, problem }) => remember('port.refused', { port: describeBinding(binding), problem }),
      onChange: (unreported) => warn(unreported.map(warningOf)),
    })
    const hear = (message: { type: string }): void => {
      if (isOfPorts(message)) book.hear(message)
    }
    vm.on('guest', hear)
    const rules = this.#options.onRule(() => void book.follow())
    this.#book = book
    book.begin()
    return {
      [Symbol.asyncDispose]: async () => {
        vm.off('guest', hear)
        rules[Symbol.dispose]()
        if (this.#book === book) this.#book = undefined
        await book[Symbol.asyncDispose]()
      },
    }
  }

  /** Waits until the ports of a guest that ran before us are open again. */
  async joinSession(_session: unknown, signal: AbortSignal): Promise<AsyncDisposable> {
    const book = this.#book
    const limit = { what: 'the guest to tell its published ports', ms: syncLimitMs, signal }
    await withLimit(limit, async () => book?.synced).catch((error: unknown) => {
      signal.throwIfAborted()
      this.#options.log.warn('published ports', { error })
    })
    return { [Symbol.asyncDispose]: async () => undefined }
  }

  /** Every published port, refused ones tried anew; none while no vm runs. */
  async list(): Promise<PortState[]> {
    await this.#book?.retry()
    return this.#book?.list() ?? []
  }
}

/** The vm has checked its messages; which types there are beside ours is its own affair. */
function isOfPorts(message: { type: string }): message is PortMessage {
  return ['port', 'port-closed', 'ports'].includes(message.type)
}

function warningOf({ binding, problem = '', remark }: PortState): Remark {
  const port = describeBinding(binding)
  return { code: 'port.closed', about: { port }, ...remark, message: `A port (${port}) is not open: ${problem}. See: cove port list` }
}
