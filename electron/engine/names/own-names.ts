import type { Settings } from '#contract/setting.ts'

/** What the user's settings say of names. */
export interface OwnNames {
  /** In the form of `dns.getServers()`; none leaves names to this computer. */
  servers: readonly string[]
  /** Addresses by name, in lower case. */
  hosts: ReadonlyMap<string, readonly string[]>
}

/** Reads the settings `dns.*`; a name that stands there twice has both addresses. */
export function ownNames(values: Pick<Settings, 'dns.servers' | 'dns.hosts'>): OwnNames {
  const pairs = values['dns.hosts'].map((text) => text.toLowerCase().split('=', 2) as [name: string, address: string])
  const hosts = new Map([...Map.groupBy(pairs, ([name]) => name)].map(([name, same]) => [name, same.map(([, address]) => address)]))
  return { servers: values['dns.servers'], hosts }
}
