/** How long each part of a tunnel may take, in milliseconds. */
export interface TunnelLimits {
  /** TCP connect to the forwarded port. */
  connectMs: number
  /** From asking for a line to its first byte: a guest that boots answers once its first process runs. */
  lineMs: number
  /** From the TCP connection to the guest's "SSH-" line: slirp accepts long before the guest listens. */
  bannerMs: number
  /** Key exchange and login; slow under emulation. */
  handshakeMs: number
  /** One `openSocket` or `run`, waiting for the session included. */
  openMs: number
  /** One `ready`, should its signal not come first. */
  readyMs: number
  /** One `capture`, should its signal not come first. */
  captureMs: number
  /** Between two keepalives; after `keepaliveCount` unanswered ones the session counts as lost. */
  keepaliveMs: number
  keepaliveCount: number
  /** Back-off between two dials: doubles from the first to the last. */
  firstRetryMs: number
  lastRetryMs: number
}

/** Limits that fit a guest under software emulation as well. */
export const defaultLimits: TunnelLimits = {
  connectMs: 2_000,
  lineMs: 30_000,
  bannerMs: 10_000,
  handshakeMs: 30_000,
  openMs: 10_000,
  readyMs: 180_000,
  captureMs: 60_000,
  keepaliveMs: 10_000,
  keepaliveCount: 3,
  firstRetryMs: 50,
  lastRetryMs: 1_000,
}

/** The pause before dial number `failures + 1`. */
export function retryDelayMs(failures: number, limits: Pick<TunnelLimits, 'firstRetryMs' | 'lastRetryMs'>): number {
  return Math.min(limits.lastRetryMs, limits.firstRetryMs * 2 ** Math.min(Math.max(0, failures - 1), 20))
}
