import type { Container } from '#contract/container.ts'

/** The names of the containers that have each volume mounted, by the volume's name. */
export function usersOfVolumes(containers: readonly Container[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>()
  for (const { name, mounts } of containers) {
    for (const { volume } of mounts) {
      if (volume !== '') users.set(volume, [...(users.get(volume) ?? []), name])
    }
  }
  return users
}
