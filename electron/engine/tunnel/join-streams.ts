import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** How long bytes of a client that is gone may wait for a guest that does not read them. */
const lingerMs = 10_000

/**
 * Carries bytes both ways until both directions have ended; an end is passed on alone (half-close), a failure of one
 * side ends the other, and what one side had sent before it closed still reaches the other.
 */
export function joinStreams(client: Socket, guest: Duplex): void {
  client.on('error', () => undefined)
  guest.on('error', () => undefined)
  client.once('close', () => {
    if (!guest.destroyed) finishThenDestroy(guest)
  })
  guest.once('close', () => {
    if (guest.readableEnded) client.destroySoon()
    else client.destroy()
  })
  client.pipe(guest)
  guest.pipe(client)
}

function finishThenDestroy(guest: Duplex): void {
  if (guest.writableFinished) return void guest.destroy()
  const timer = setTimeout(() => guest.destroy(), lingerMs)
  guest.once('close', () => clearTimeout(timer))
  guest.once('finish', () => guest.destroy())
  guest.end()
  // Nobody reads the answer any more, but the guest must be able to go on until it has read the rest.
  guest.resume()
}
