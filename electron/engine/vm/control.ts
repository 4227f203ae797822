import type { Socket } from 'node:net'
import type { Logger } from '#base/log.ts'
import type { GuestService } from './driver.ts'
import { type GuestMessage, parseGuestMessage } from './guest-message.ts'
import { lineSplitter } from './lines.ts'

/** A line longer than this is not one of our guest's. */
const maxLineBytes = 64 * 1024

/** Our end of the guest's control port: one JSON object per line from the guest, one word per line to it. */
export class ControlPort implements Disposable {
  readonly #socket: Socket
  readonly #log: Logger
  #ignored = 0

  /** Owns the socket from here on; nothing is read before `listen`. */
  constructor(socket: Socket, log: Logger) {
    this.#socket = socket
    this.#log = log
    socket.pause()
    socket.on('error', (error) => log.debug('control port', { error: error.message }))
  }

  /** Starts to read; call once. Lines that are no message are counted in the log and dropped. */
  listen(onMessage: (message: GuestMessage) => void): void {
    const onLine = (line: string): void => {
      const message = parseGuestMessage(line)
      if (message) onMessage(message)
      else this.#ignore(line.slice(0, 120))
    }
    this.#socket.on('data', lineSplitter({ maxBytes: maxLineBytes, onLine, onOversize: () => this.#ignore('a line over 64 KiB') }))
    this.#socket.resume()
  }

  /** Asks for a `status` message. */
  askStatus(): void {
    this.#socket.write('status\n')
  }

  /** Asks the guest to end everything cleanly and power off. */
  askPowerOff(): void {
    this.#socket.write('poweroff\n')
  }

  /** Sets the guest's clock; milliseconds since 1970. */
  setClock(epochMs: number): void {
    this.#socket.write(`clock ${Math.round(epochMs)}\n`)
  }

  /** Sets the domains that containers try for names without a dot. */
  setSearchDomains(domains: readonly string[]): void {
    this.#socket.write(`${['search', ...domains].join(' ')}\n`)
  }

  /** Has a service of the guest started anew; one that does not end in its time is killed. `service` messages tell of it. */
  restartService(name: GuestService): void {
    this.#socket.write(`restart ${name}\n`)
  }

  /** Has a service of the guest read its files again, once it is ready. */
  reloadService(name: GuestService): void {
    this.#socket.write(`reload ${name}\n`)
  }

  /** Has the guest start an sshd of its own on the tunnel's port; a former one ends. */
  openTunnel(id: string): void {
    this.#socket.write(`tunnel ${id}\n`)
  }

  /** Has the guest prepare the next `openTunnel`; a `tunnel-prepared` message tells when it is. */
  prepareTunnel(): void {
    this.#socket.write('prepare-tunnel\n')
  }

  /** Asks for a page of the ports the guest wants. */
  askPorts(after: number): void {
    this.#socket.write(`ports ${after}\n`)
  }

  /** Whether the guest is to tell of servers that Docker did not publish. */
  followListeners(isOn: boolean): void {
    this.#socket.write(`listeners ${isOn ? 'on' : 'off'}\n`)
  }

  /** Answers for one port; the guest reads one line of ASCII, at most 900 characters of it. */
  answerPort(id: number, problem: string): void {
    const line = problem.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 900)
    this.#socket.write(line === '' ? `port ${id}\n` : `port ${id} ${line}\n`)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  /** A hostile guest must not fill the log: every tenfold count is told once. */
  #ignore(what: string): void {
    this.#ignored++
    if (/^10*$/.test(String(this.#ignored))) this.#log.warn('ignored a line of the control port', { what, ignored: this.#ignored })
  }
}
