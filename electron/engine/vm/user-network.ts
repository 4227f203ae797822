import { publishedAddress } from './plan.ts'

/**
 * How many TCP connections come in through published ports by what QEMU's `info usernet` prints
 * (net/slirp.c, slirp_connection_info): `TCP[ESTABLISHED] fd source port destination port …`; pure.
 */
export function countIncoming(usernet: string): number {
  return usernet.split('\n').filter((line) => {
    const [state, , , , destination] = line.trim().split(/\s+/)
    return state === 'TCP[ESTABLISHED]' && destination === publishedAddress
  }).length
}
