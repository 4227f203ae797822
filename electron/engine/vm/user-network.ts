import { guestAddress } from './plan.ts'

/** Port of the guest's sshd. */
const sshdPort = 22

/**
 * How many TCP connections come in through forwarded ports, the tunnel's left out, by what QEMU's `info usernet` prints
 * (net/slirp.c, slirp_connection_info): `TCP[ESTABLISHED] fd source port destination port …`; pure.
 */
export function countIncoming(usernet: string): number {
  return usernet.split('\n').filter((line) => {
    const [state, , , , destination, port] = line.trim().split(/\s+/)
    return state === 'TCP[ESTABLISHED]' && destination === guestAddress && Number(port) !== sshdPort
  }).length
}
