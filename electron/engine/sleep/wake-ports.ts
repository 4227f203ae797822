import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Status } from '#contract/state.ts'
import type { Logger } from '#base/log.ts'
import type { Machine } from '../life/machine.ts'
import { joinStreams } from '../tunnel/join-streams.ts'

/** Where a published port listens on this computer. */
export interface PublishedPort {
  hostAddress: string
  hostPort: number
}

/** What wakes by a published port is made of. */
export interface WakePortsOptions {
  machine: Machine
  /** The TCP ports that containers of the sleeping vm published. */
  ports(): Promise<readonly PublishedPort[]>
  /** Wakes the vm; settles with its ports that are open again. */
  wake(): Promise<readonly PublishedPort[]>
  log: Logger
}

/** So many clients wait for the vm to wake; more are turned away. */
const mostWaiting = 256

/**
 * While the vm sleeps with containers in it, QEMU does not listen on their published ports: the engine does, wakes the vm
 * for the first who comes, and leads those who waited to the port that is open again. A first datagram (UDP) wakes nobody.
 */
export class WakePorts implements Disposable {
  readonly #options: WakePortsOptions
  readonly #listening: Disposable
  readonly #waiting = new Set<Socket>()
  #servers: Server[] = []
  #isAsleep = false

  constructor(options: WakePortsOptions) {
    this.#options = options
    this.#listening = options.machine.onChange((status) => this.#onStatus(status))
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]()
    this.#close()
    for (const client of this.#waiting) client.destroy()
  }

  #onStatus({ state, step }: Status): void {
    const isAsleep = state === 'sleeping' && step === null
    if (isAsleep === this.#isAsleep) return
    this.#isAsleep = isAsleep
    // In this turn: QEMU is to listen there again.
    if (!isAsleep) return this.#close()
    this.#open().catch((error: unknown) => this.#options.log.warn('published ports do not wake the vm', { error }))
  }

  async #open(): Promise<void> {
    const ports = await this.#options.ports()
    if (!this.#isAsleep) return
    this.#servers = ports.map((port) => this.#listen(port))
  }

  #listen(port: PublishedPort): Server {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => void this.#serve(client, port))
    server.on('error', (error) => this.#options.log.warn('a published port does not wake the vm', { port, why: error.message }))
    return server.listen({ host: port.hostAddress, port: port.hostPort, ipv6Only: true })
  }

  #close(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  async #serve(client: Socket, port: PublishedPort): Promise<void> {
    client.on('error', () => undefined)
    if (this.#waiting.size >= mostWaiting) return void client.destroy()
    this.#waiting.add(client)
    client.once('close', () => this.#waiting.delete(client))
    try {
      this.#options.log.info('a published port is asked for: the vm wakes', { ...port })
      const open = await this.#options.wake()
      if (!open.some(({ hostAddress, hostPort }) => hostAddress === port.hostAddress && hostPort === port.hostPort)) throw takenError(port)
      const onward = connect({ host: reachable(port.hostAddress), port: port.hostPort, allowHalfOpen: true, noDelay: true })
      await once(onward, 'connect')
      this.#waiting.delete(client)
      joinStreams(client, onward)
    } catch (error) {
      this.#options.log.info('who asked for a published port is not served', { ...port, why: toCoveError(error).message })
      client.destroy()
    }
  }
}

/** Between our listening and QEMU's the port is free: who takes it then is not led a client of ours. */
function takenError({ hostAddress, hostPort }: PublishedPort): CoveError {
  return new CoveError('port.refused', { message: `the port ${hostAddress}:${hostPort} is not open since the vm woke: another program took it, or its container is gone`, hint: 'See: cove port list' })
}

/** An address that stands for all is none to connect to. */
function reachable(address: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address
}
