import type { Socket } from 'node:net'
import { type CipherAlgorithm, Client, type ClientChannel, type PublicKeyAuthMethod } from 'ssh2'
import { withLimit } from '#base/limit.ts'
import { ChannelStream } from './channel-stream.ts'
import { channelRefusedError, handshakeError, hostKeyError, lostError } from './failure.ts'
import type { TunnelLimits } from './limits.ts'
import { prepareSessionKeys } from './prepared-keys.ts'
import { ExitWord, type StartedCommand } from './guest-process.ts'
import { describeTarget, type GuestCommand, type TunnelTarget } from './tunnel.ts'

/** What a session is made of. */
export interface SessionOptions {
  target: TunnelTarget
  /** Connected, with sshd's first line unread. */
  socket: Socket
  limits: TunnelLimits
  signal: AbortSignal
}

/** One login to the guest; used by one tunnel until it is lost. */
export class SshSession {
  /** Settles, never rejects, with the reason once the session is gone. */
  readonly lost: Promise<Error>
  readonly #client: Client
  readonly #socket: Socket
  readonly #where: string
  readonly #streams = new Set<ChannelStream>()
  #isLost = false
  #cause: Error | undefined

  private constructor(client: Client, { socket, target }: SessionOptions) {
    this.#client = client
    this.#socket = socket
    this.#where = describeTarget(target)
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.lost = promise
    client.on('error', (error) => (this.#cause ??= error))
    client.once('close', () => {
      this.#isLost = true
      const error = lostError(this.#where, this.#cause)
      for (const stream of this.#streams) stream.destroy(error)
      resolve(error)
    })
  }

  /**
   * Logs in over a dialled socket.
   * @throws CoveError `tunnel.refused` when dialling again cannot help, else `tunnel.unreachable`.
   */
  static async login(options: SessionOptions): Promise<SshSession> {
    const { target, limits, socket, signal } = options
    const what = `the login to the guest on ${describeTarget(target)}`
    try {
      return await withLimit({ what, ms: limits.handshakeMs, signal, code: 'tunnel.unreachable' }, () => login(options, (client) => new SshSession(client, options)))
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  get isLost(): boolean {
    return this.#isLost || !this.#socket.writable
  }

  /** @throws CoveError `tunnel.unreachable` when nothing listens there or the session is lost. */
  async openSocket(guestPath: string, signal: AbortSignal): Promise<ChannelStream> {
    const channel = await this.#open(`a connection to "${guestPath}"`, signal, (done) =>
      this.#client.openssh_forwardOutStreamLocal(guestPath, done),
    )
    return this.#wrap(channel)
  }

  /** Starts a command or login shell; its streams are the channel's. */
  async exec({ command, tty }: GuestCommand, signal: AbortSignal): Promise<Omit<StartedCommand, 'kill'>> {
    const pty = tty ? { term: tty.term, cols: tty.columns, rows: tty.rows } : false
    const exit = new ExitWord()
    const channel = await this.#open(command === null ? 'a login shell' : `the command "${command}"`, signal, (done) => {
      const opened = (error: Error | undefined, own: ClientChannel): void => {
        if (!error) exit.listen(own)
        done(error, own)
      }
      if (command === null) this.#client.shell(pty, opened)
      else this.#client.exec(command, pty ? { pty } : {}, opened)
    })
    return { channel, exit, stream: this.#wrap(channel) }
  }

  /** Cuts the session; everything that runs through it fails. */
  close(): void {
    this.#socket.destroy()
  }

  #open(what: string, signal: AbortSignal, start: (done: (error: Error | undefined, channel: ClientChannel) => void) => void): Promise<ClientChannel> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>()
    const done = (error: Error | undefined, channel: ClientChannel): void => {
      if (error) reject(this.isLost ? lostError(this.#where, this.#cause) : channelRefusedError(what, error))
      else if (signal.aborted) channel.destroy().resume()
      else resolve(channel)
    }
    try {
      start(done)
    } catch {
      // ssh2 throws "Not connected" when the socket has ended but not closed yet.
      this.close()
      reject(lostError(this.#where, this.#cause))
    }
    return promise
  }

  #wrap(channel: ClientChannel): ChannelStream {
    const stream = new ChannelStream({ channel, whenWritable: (callback) => this.#whenWritable(callback) })
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
    return stream
  }

  #whenWritable(callback: () => void): void {
    if (this.#socket.writableNeedDrain && !this.#socket.destroyed) this.#socket.once('drain', callback)
    else callback()
  }
}

function login({ target, limits, socket }: SessionOptions, create: (client: Client) => SshSession): Promise<SshSession> {
  const { promise, resolve, reject } = Promise.withResolvers<SshSession>()
  const where = describeTarget(target)
  const client = new Client()
  const username = target.user ?? 'root'
  const auth: PublicKeyAuthMethod = { type: 'publickey', username, key: target.clientPrivateKey }
  let failure: Error | undefined
  const onError = (error: Error): void => {
    failure ??= error
    reject(handshakeError(where, failure))
    socket.destroy()
  }
  client.on('error', onError)
  client.on('handshake', () => prepareSessionKeys(client))
  client.once('close', () => reject(handshakeError(where, failure ?? new Error('the connection was closed during the login'))))
  client.once('ready', () => {
    const session = create(client)
    client.off('error', onError)
    resolve(session)
  })
  client.connect({
    sock: socket,
    username,
    // What a prepared session has told its sshd of us (resources/guest/supervisor/tunnel.c).
    ident: 'Cove',
    // Not ssh2's default list: that one asks for "none" first, a round trip and a logged failure in the guest.
    authHandler: [auth],
    algorithms: { kex: ['curve25519-sha256'], serverHostKey: ['ssh-ed25519'], cipher: ciphersFor(target), compress: ['none'] },
    hostVerifier: (key: Buffer) => {
      const isKnown = key.equals(keyBlob(target.hostPublicKey))
      if (!isKnown) failure = hostKeyError(where, key)
      return isKnown
    },
    strictVendor: false,
    keepaliveInterval: limits.keepaliveMs,
    keepaliveCountMax: limits.keepaliveCount,
    readyTimeout: 0,
  })
  return promise
}

/**
 * Best first. One MB through an emulated guest's sshd took 33 ms of its user time with ChaCha20, 43 with AES (QEMU 7.2,
 * 2026-11); on the host it costs 4 ms more. On hardware AES is the faster one at both ends.
 */
function ciphersFor({ isEmulated }: TunnelTarget): CipherAlgorithm[] {
  return isEmulated === true ? ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com'] : ['aes128-gcm@openssh.com']
}

/** The bytes inside `ssh-ed25519 AAAA…`. */
function keyBlob(publicKey: string): Buffer {
  return Buffer.from(publicKey.trim().split(/\s+/)[1] ?? '', 'base64')
}
