import type { Duplex } from 'node:stream'
import type { Logger } from '#base/log.ts'
import { encodeFrame, frameSplitter, type NameFrame } from './name-frames.ts'
import { HostResolver } from './host-resolver.ts'
import { readSearchDomains, watchNameResolution } from './search-domains.ts'

/** What the names of one vm are served with. */
export interface NamesOptions {
  /** Our end of the guest's port for names. */
  openPort(signal: AbortSignal): Promise<Duplex>
  /** Tells the guest the domains to try for names without a dot. */
  setSearchDomains(domains: readonly string[]): void
  log: Logger
  resolver: HostResolver
}

/** Questions answered at a time; a guest that asks faster waits in its own queue. */
const maxInFlight = 512
/** A guest that talks nonsense is given up after so many new beginnings; it then asks QEMU's name server. */
const maxFaults = 5

/** Answers the names that containers ask for, as the host resolves them, until disposed. */
export async function serveNames(options: NamesOptions, signal: AbortSignal): Promise<AsyncDisposable> {
  const names = new Names(options)
  await names.open(signal)
  return names
}

class Names implements AsyncDisposable {
  readonly #options: NamesOptions
  readonly #resolver: HostResolver
  readonly #end = new AbortController()
  #port: Duplex | undefined
  #watch: Disposable | undefined
  #domains: string | undefined
  #inFlight = 0
  #faults = 0

  constructor(options: NamesOptions) {
    this.#options = options
    this.#resolver = options.resolver
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#connect(AbortSignal.any([signal, this.#end.signal]))
    this.#watch = watchNameResolution(() => {
      this.#resolver.forget()
      void this.#tellDomains()
    })
    await this.#tellDomains()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    this.#watch?.[Symbol.dispose]()
    this.#port?.destroy()
  }

  /** Without the port containers are answered by QEMU's name server: worse, but no reason not to start. */
  async #connect(signal: AbortSignal): Promise<void> {
    const { openPort, log } = this.#options
    try {
      this.#serve(await openPort(signal))
    } catch (error) {
      if (!signal.aborted) log.warn('containers do not get the host\'s names', { error })
    }
  }

  #serve(port: Duplex): void {
    if (this.#end.signal.aborted) return void port.destroy()
    this.#port = port
    const split = frameSplitter((frame) => void this.#answer(port, frame))
    port.on('error', (error) => this.#options.log.debug('the port for names', { error: error.message }))
    port.on('data', (chunk: Buffer) => {
      try {
        split(chunk)
      } catch (error) {
        this.#onFault(port, error)
      }
    })
  }

  #onFault(port: Duplex, error: unknown): void {
    port.removeAllListeners('data')
    port.destroy()
    this.#options.log.warn('the port for names begins anew', { error, faults: ++this.#faults })
    if (this.#faults < maxFaults && !this.#end.signal.aborted) port.once('close', () => void this.#connect(this.#end.signal))
  }

  async #answer(port: Duplex, { serial, transport, message }: NameFrame): Promise<void> {
    if (++this.#inFlight >= maxInFlight) port.pause()
    const reply = await this.#resolver.resolve(message, transport).catch((error: unknown) => {
      this.#options.log.warn('a name was not resolved', { error })
      return undefined
    })
    if (port.writable) port.write(encodeFrame(serial, reply ?? Buffer.alloc(0)))
    if (--this.#inFlight < maxInFlight && port.isPaused()) port.resume()
  }

  async #tellDomains(): Promise<void> {
    const domains = await readSearchDomains()
    if (this.#end.signal.aborted || domains.join(' ') === this.#domains) return
    this.#domains = domains.join(' ')
    this.#options.setSearchDomains(domains)
  }
}
