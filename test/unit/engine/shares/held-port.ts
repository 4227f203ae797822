import { connect, type Socket } from 'node:net'
import { MessageLine, relayToThread } from '#engine/shares/port/message-line.ts'

/** A port that can be connected to once, as QEMU's are on Windows: each server is led there in its turn. */
export class HeldPort implements Disposable {
  #socket: Socket | undefined
  #relay: Disposable | undefined

  get isConnected(): boolean {
    return this.#socket !== undefined
  }

  lead(path: string): MessageLine {
    this.#relay?.[Symbol.dispose]()
    const relay = relayToThread((this.#socket ??= connect(path)))
    this.#relay = relay
    return new MessageLine(relay.end)
  }

  [Symbol.dispose](): void {
    this.#relay?.[Symbol.dispose]()
    this.#socket?.destroy()
  }
}
