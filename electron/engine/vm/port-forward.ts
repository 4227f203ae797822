import { z } from 'zod'
import { CoveError } from '#contract/errors.ts'
import type { ControlPort } from './control.ts'
import type { PortForward, VmPorts } from './driver.ts'
import { netdevId, publishedAddress } from './plan.ts'

/** The part of QMP used here: user networking has no commands of its own there, only the human monitor's. */
interface Monitor {
  execute(command: string, args: Record<string, unknown>): Promise<unknown>
}

/** `hostfwd_add` of QEMU's human monitor. */
export function addText(forward: PortForward): string {
  return `hostfwd_add ${netdevId} ${hostEnd(forward)}-${publishedAddress}:${forward.guestPort}`
}

/** `hostfwd_remove` of QEMU's human monitor. */
export function removeText(forward: PortForward): string {
  return `hostfwd_remove ${netdevId} ${hostEnd(forward)}`
}

function hostEnd({ protocol, hostAddress, hostPort }: PortForward): string {
  return `${protocol}:${hostAddress}:${hostPort}`
}

/** Our forwards in the text of `info usernet`; the tunnel's own, which leads to another address, is none of them. */
export function parseUsernet(text: string): PortForward[] {
  const rows = text.matchAll(/^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\S+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)/gm)
  return [...rows]
    .filter(([, , , , guestAddress]) => guestAddress === publishedAddress)
    .map(([, protocol, address = '', hostPort, , guestPort]) => ({
      protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
      hostAddress: address === '*' ? '0.0.0.0' : address,
      hostPort: Number(hostPort),
      guestPort: Number(guestPort),
    }))
}

/** Published ports through QEMU's monitor and the guest's control port. */
export function monitorPorts(monitor: () => Monitor, control: Pick<ControlPort, 'askPorts' | 'answerPort' | 'followListeners'> | undefined): VmPorts {
  return {
    askWanted: (after) => control?.askPorts(after),
    followListeners: (isOn) => control?.followListeners(isOn),
    answer: (id, problem = '') => control?.answerPort(id, problem),
    add: async (forward) => await addForward(monitor(), forward),
    remove: async (forward) => void (await tell(monitor(), removeText(forward))),
    list: async () => await listForwards(monitor()),
  }
}

/** Adds a forward; ~1 ms. @throws CoveError `port.refused` with QEMU's words, which tell no cause before QEMU 9. */
async function addForward(monitor: Monitor, forward: PortForward): Promise<PortForward> {
  const said = await tell(monitor, addText(forward))
  if (said !== '') throw new CoveError('port.refused', { message: said })
  if (forward.hostPort !== 0) return forward
  const chosen = (await listForwards(monitor)).find(({ protocol, guestPort }) => protocol === forward.protocol && guestPort === forward.guestPort)
  if (!chosen) throw new CoveError('port.refused', { message: `QEMU does not list the forward to guest port ${forward.guestPort}` })
  return chosen
}

/** The forwards QEMU has now. */
async function listForwards(monitor: Monitor): Promise<PortForward[]> {
  return parseUsernet(await tell(monitor, 'info usernet'))
}

/** What the human monitor answers: nothing where all went well. */
async function tell(monitor: Monitor, line: string): Promise<string> {
  return z.string().parse(await monitor.execute('human-monitor-command', { 'command-line': line })).trim()
}
