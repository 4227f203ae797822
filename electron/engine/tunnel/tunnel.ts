import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Where the guest's sshd is and who may talk to it. */
export type TunnelTarget = TcpTarget | LineTarget

/** An sshd that listens. */
export interface TcpTarget extends TunnelLogin {
  host: string
  port: number
}

/** An sshd that is started at the far end of each connection. */
export interface LineTarget extends TunnelLogin {
  line: GuestLine
}

/** A way into the guest that is no network. */
export interface GuestLine {
  /** For messages. */
  name: string
  /** Connected, sshd's first line unread. @throws Error when it cannot be; the signal's reason. */
  open(options: { signal: AbortSignal; highWaterMark: number }): Promise<Socket>
}

/** The target in the words of a message. */
export function describeTarget(target: TunnelTarget): string {
  return 'line' in target ? target.line.name : `${target.host}:${target.port}`
}

/** Who logs in, and to whom. */
export interface TunnelLogin {
  /** `ssh-ed25519 AAAA…`; a guest with any other key is refused. */
  hostPublicKey: string
  /** OpenSSH text. */
  clientPrivateKey: string
  /** Guest user to log in as; default `root`. */
  user?: string
  /** The guest's processor is emulated: AES, which real ones have built in, costs it more than ChaCha20 does. */
  isEmulated?: boolean
}

/** Events of a tunnel. */
export interface TunnelEvents {
  up: []
  /** The session was lost; it is being re-made. */
  down: [Error]
}

/** A command running in the guest. */
export interface GuestProcess extends AsyncDisposable {
  readonly stdin: NodeJS.WritableStream
  readonly stdout: NodeJS.ReadableStream
  readonly stderr: NodeJS.ReadableStream
  readonly exited: Promise<{ exitCode: number | null; signal: string | null }>
  resize(columns: number, rows: number): void
  signal(name: string): void
}

/** How to run a command in the guest. */
export interface GuestCommand {
  /** For sh -c; null opens a login shell. */
  command: string | null
  tty: { term: string; columns: number; rows: number } | null
  signal?: AbortSignal
}

/**
 * One SSH session to the guest that re-makes itself until disposed.
 * Opening waits (bounded by its signal and the tunnel's limit) while the session is down.
 */
export interface Tunnel extends AsyncDisposable {
  readonly isUp: boolean
  /** Dials at once instead of after the back-off; for when the guest says that its sshd is up. Harmless when up. */
  nudge(): void
  /** Drops the session and makes a new one at once; for after the host slept or the vm was restored. */
  reset(): void
  on<E extends keyof TunnelEvents>(event: E, listener: (...args: TunnelEvents[E]) => void): void
  off<E extends keyof TunnelEvents>(event: E, listener: (...args: TunnelEvents[E]) => void): void
  /** Resolves when the session is up. @throws CoveError `tunnel.unreachable`, `tunnel.refused`. */
  ready(signal: AbortSignal): Promise<void>
  /** A stream to a unix socket in the guest; half-close is carried both ways. */
  openSocket(guestPath: string, signal?: AbortSignal): Promise<Duplex>
  run(command: GuestCommand): Promise<GuestProcess>
  /** Runs a command to its end; output is capped at 1 MiB. @throws CoveError when it exits non-zero. */
  capture(command: string, signal?: AbortSignal): Promise<string>
}
