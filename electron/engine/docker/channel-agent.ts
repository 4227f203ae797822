import { Agent, type ClientRequest, type ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'

/** Opens a stream to the guest's Docker. */
export type OpenSocket = (signal?: AbortSignal) => Promise<Duplex>

/** An http agent whose connections are streams of the tunnel; a few idle ones are kept for the next request. */
export class ChannelAgent extends Agent {
  readonly #open: OpenSocket

  constructor(open: OpenSocket) {
    super({ keepAlive: true, maxSockets: 256, maxFreeSockets: 4 })
    this.#open = open
  }

  override createConnection(_options: ClientRequestArgs, created?: (error: Error | null, stream: Duplex) => void): undefined {
    void this.#create(created as (error: Error | null, stream?: Duplex) => void)
  }

  async #create(created: (error: Error | null, stream?: Duplex) => void): Promise<void> {
    const [error, stream] = await this.#open().then(
      (opened) => [null, opened] as const,
      (failure: unknown) => [failure instanceof Error ? failure : new Error(String(failure)), undefined] as const,
    )
    created(error, stream)
  }

  /** Keeps a connection between two requests; the default expects a TCP socket. */
  override keepSocketAlive(stream: Duplex): boolean {
    if (stream.readableEnded || stream.destroyed) return false
    // Docker closing an idle connection is an end, which only a stream that is being read tells; data belongs to nobody.
    stream.once('end', destroyThis).once('data', destroyThis).resume()
    return true
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    stream.off('end', destroyThis).off('data', destroyThis)
    // Takes off what the agent put on when it kept the stream; meant for sockets, it also holds the process open by them.
    super.reuseSocket(Object.assign(stream, { ref: () => stream }), request)
  }
}

function destroyThis(this: Duplex): void {
  this.destroy()
}
