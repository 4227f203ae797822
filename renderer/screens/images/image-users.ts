import type { Container } from '#contract/container.ts'

/** How many containers are made of each image, by its id. */
export function usersOf(containers: readonly Container[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>()
  for (const { imageId } of containers) users.set(imageId, (users.get(imageId) ?? 0) + 1)
  return users
}
