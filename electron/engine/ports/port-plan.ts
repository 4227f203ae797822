/** A port that something in the guest wants to be reached at; ids count up. */
export interface WantedPort {
  id: number
  protocol: 'tcp' | 'udp'
  /** As the user named it to Docker: `0.0.0.0` and `::` where no address was named. */
  hostAddress: string
  hostPort: number
  containerAddress: string
  containerPort: number
  /** Where a forward must lead; 0 when none can reach the container. */
  guestPort: number
  /** Docker waits for our answer. */
  isWaiting: boolean
}

/** Where ports published without an address listen. */
export type BindRule = 'loopback' | 'all'

/** What a wanted port becomes on this computer. */
export interface Binding {
  /** The vm forwards IPv4 itself; IPv6 is relayed to such a forward by the engine. */
  kind: 'forward' | 'relay'
  protocol: 'tcp' | 'udp'
  hostAddress: string
  hostPort: number
  guestPort: number
}

const wildcards: Record<string, Record<BindRule, string>> = {
  '0.0.0.0': { loopback: '127.0.0.1', all: '0.0.0.0' },
  '::': { loopback: '::1', all: '::' },
}

/** Whether the user named no address. */
export function isWildcard({ hostAddress }: Pick<WantedPort, 'hostAddress'>): boolean {
  return Object.hasOwn(wildcards, hostAddress)
}

/** The binding of a wanted port: a named address is taken as it is, none follows the rule. */
export function bindingOf({ protocol, hostAddress, hostPort, guestPort }: WantedPort, rule: BindRule): Binding {
  const address = wildcards[hostAddress]?.[rule] ?? hostAddress
  return { kind: address.includes(':') ? 'relay' : 'forward', protocol, hostAddress: address, hostPort, guestPort }
}

/** Whether two bindings are the same thing. */
export function isSameBinding(a: Binding, b: Omit<Binding, 'kind'>): boolean {
  return a.protocol === b.protocol && a.hostAddress === b.hostAddress && a.hostPort === b.hostPort && a.guestPort === b.guestPort
}

/** Whether the IPv4 binding of one wanted port reaches the same container as another wanted port: Docker publishes both at once. */
export function isTwin(a: WantedPort, b: WantedPort): boolean {
  return a.protocol === b.protocol && a.hostPort === b.hostPort && a.containerAddress === b.containerAddress && a.containerPort === b.containerPort
}

/** `127.0.0.1:8080/tcp`, `[::1]:8080/tcp`. */
export function describeBinding({ protocol, hostAddress, hostPort }: Pick<Binding, 'protocol' | 'hostAddress' | 'hostPort'>): string {
  return `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${hostPort}/${protocol}`
}
