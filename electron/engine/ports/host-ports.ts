import { errnoOf } from '#base/errno.ts'
import { CoveError } from '#contract/errors.ts'
import type { Binding } from './port-plan.ts'
import { refusalText, tryBind } from './refusal.ts'
import { relayTcp } from './tcp-relay.ts'
import { relayUdp } from './udp-relay.ts'

/** A forward as the vm knows it. */
export interface Forward {
  protocol: 'tcp' | 'udp'
  hostAddress: string
  hostPort: number
  guestPort: number
}

/** The forwards of a vm. */
export interface Forwards {
  add(forward: Forward): Promise<Forward>
  remove(forward: Forward): Promise<void>
  list(): Promise<Forward[]>
}

/** A port of this computer that is open. */
export interface OpenPort {
  readonly binding: Binding
  /** Closes it. */
  close(): Promise<void>
  /** Lets go of what needs this engine; what the vm does alone goes on. */
  release(): Promise<void>
}

const loopback = '127.0.0.1'
const nothing = async (): Promise<void> => undefined

/** Opens a port through the vm. @throws CoveError `port.refused` with the text for the user. */
export async function openForward(forwards: Forwards, binding: Binding): Promise<OpenPort> {
  await forwards.add(binding).catch(async (error: unknown) => {
    // QEMU says only that it failed; bind() says why.
    const code = error instanceof CoveError && error.code === 'port.refused' ? await tryBind(binding) : undefined
    if (code !== undefined) throw refused(binding, code, error)
    // It was busy a moment ago, or QEMU has a reason of its own.
    await forwards.add(binding).catch((again: unknown) => {
      throw refused(binding, again instanceof Error ? again.message : String(again), again)
    })
  })
  return adoptForward(forwards, binding)
}

/** A forward the vm has already. */
export function adoptForward(forwards: Forwards, binding: Binding): OpenPort {
  return { binding, close: () => forwards.remove(binding), release: nothing }
}

/** Opens an IPv6 port: leads to the IPv4 forward beside it or, where there is none, to one made for it on a free loopback port. @throws CoveError `port.refused`. */
export async function openRelay(forwards: Forwards, binding: Binding, beside: Binding | undefined): Promise<OpenPort> {
  const own = beside ? undefined : await forwards.add({ ...binding, hostAddress: loopback, hostPort: 0 })
  const target = { address: loopback, port: (beside ?? own)?.hostPort ?? 0 }
  const place = { host: binding.hostAddress, port: binding.hostPort, target }
  const removeOwn = async (): Promise<void> => {
    if (own) await forwards.remove(own)
  }
  try {
    const relay = await (binding.protocol === 'tcp' ? relayTcp(place) : relayUdp(place))
    const release = async (): Promise<void> => relay[Symbol.asyncDispose]()
    const close = async (): Promise<void> => {
      await release()
      await removeOwn()
    }
    return { binding, release, close }
  } catch (error) {
    await removeOwn()
    throw refused(binding, errnoOf(error) ?? String(error), error)
  }
}

function refused(binding: Binding, code: string, cause: unknown): CoveError {
  return new CoveError('port.refused', { message: refusalText(binding, code), cause: /^E[A-Z]+$/.test(code) && errnoOf(cause) === undefined ? Object.assign(new Error(code, { cause }), { code }) : cause })
}
