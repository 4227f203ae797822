import { z } from 'zod'

/**
 * What a watch of live objects yields: all of them at first and whenever Docker came back, then only what changed;
 * `away` while Docker does not answer. Changes that nobody read yet are joined: a slow reader gets the newest of each object.
 */
export function liveChange<T extends z.ZodType>(object: T) {
  return z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('all'), objects: z.array(object) }),
    z.object({ kind: z.literal('changed'), objects: z.array(object), removed: z.array(z.string()) }),
    z.object({ kind: z.literal('away') }),
  ])
}

/** One step of a watch of live objects. */
export type LiveChange<T> = { kind: 'all'; objects: T[] } | { kind: 'changed'; objects: T[]; removed: string[] } | { kind: 'away' }

/** Names and values that somebody outside chose: hostile text. */
export const Labels = z.record(z.string(), z.string())
export type Labels = z.infer<typeof Labels>
