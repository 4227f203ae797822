import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Remark, remark } from '#contract/remark.ts'
import { errnoOf } from '#base/errno.ts'
import { type Binding, describeBinding } from './port-plan.ts'

type Place = Pick<Binding, 'protocol' | 'hostAddress' | 'hostPort'>

/**
 * Why a port cannot be had, for the user who published it: in Docker's words first, so that what reads its errors
 * understands ours, then what to do. `code` is what bind() said.
 */
export function refusalText(place: Place, code: string, platform: NodeJS.Platform = process.platform): string {
  return `failed to bind host port ${describeBinding(place)}: ${reason(place, code, platform)}`
}

const codes = { EADDRINUSE: 'port.in-use', EADDRNOTAVAIL: 'port.no-address', EACCES: 'port.forbidden', EPERM: 'port.forbidden' } as const

/** The same by its code and values; `cause` is what bind() said, if it was that. */
export function refusalRemark(place: Place, cause: string | undefined, message: string): Remark {
  const code = cause !== undefined && Object.hasOwn(codes, cause) ? codes[cause as keyof typeof codes] : 'port.closed'
  return remark(code, message, { port: describeBinding(place) })
}

function reason({ hostAddress, hostPort }: Place, code: string, platform: NodeJS.Platform): string {
  if (code === 'EADDRINUSE') return `address already in use: another program on this computer listens there. End it, or publish another port (-p ${other(hostPort)}:...)`
  if (code === 'EADDRNOTAVAIL') return `cannot assign requested address: this computer has no address ${hostAddress} now`
  if (code === 'EACCES' || code === 'EPERM') return `permission denied: ${permission(hostPort, platform)}`
  return code
}

function permission(port: number, platform: NodeJS.Platform): string {
  if (platform === 'win32') return 'Windows keeps this port for itself (see: netsh interface ipv4 show excludedportrange protocol=tcp). Publish another one'
  const above = `publish a port from 1024 on (-p ${other(port)}:...)`
  if (platform === 'darwin') return `macOS lets only administrators have this port on one address. Let ports listen on all (cove config set port.bind all), or ${above}`
  return `ports below 1024 are for administrators. Allow them with "sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}", or ${above}`
}

/** A port that looks like the given one and needs no rights. */
function other(port: number): number {
  return port < 1024 ? 8000 + port : port + 1 <= 65535 ? port + 1 : port - 1
}

/** What bind() says of a place now, undefined when it is free; never keeps it. */
export async function tryBind(place: Place): Promise<string | undefined> {
  try {
    await (place.protocol === 'tcp' ? tryTcp(place) : tryUdp(place))
    return undefined
  } catch (error) {
    return errnoOf(error) ?? String(error)
  }
}

async function tryTcp({ hostAddress: host, hostPort: port }: Place): Promise<void> {
  const server = createServer()
  server.listen({ host, port, ipv6Only: true })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

async function tryUdp({ hostAddress: address, hostPort: port }: Place): Promise<void> {
  const isV6 = address.includes(':')
  const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6 })
  socket.bind({ address, port, exclusive: true })
  await once(socket, 'listening').finally(() => socket.close())
}
