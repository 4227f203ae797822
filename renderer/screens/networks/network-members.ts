import type { Container } from '#contract/container.ts'

/** The containers on each network, by the network's name. */
export function membersOf(containers: readonly Container[]): ReadonlyMap<string, readonly Container[]> {
  const members = new Map<string, Container[]>()
  for (const container of containers) for (const name of container.networks) members.set(name, [...(members.get(name) ?? []), container])
  return members
}
