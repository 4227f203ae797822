import type { LiveChange } from '#contract/live.ts'

/** Objects of one kind as far as they are known. */
export interface LiveObjects<T> {
  objects: readonly T[]
  /** Where each stands in `objects`, by its id. */
  byId: ReadonlyMap<string, T>
  /** Whether they were ever told. */
  isKnown: boolean
  /** Whether they are what Docker has now; not so while it is away. */
  isCurrent: boolean
  /** Docker does not answer: it is off, asleep or lost. */
  isAway: boolean
}

/** Nothing is known yet. */
export const noObjects: LiveObjects<never> = { objects: [], byId: new Map<string, never>(), isKnown: false, isCurrent: false, isAway: false }

/** What is known after some changes, in the order in which they came; objects that did not change stay the same ones. */
export function applyChanges<T>(known: LiveObjects<T>, changes: readonly LiveChange<T>[], idOf: (object: T) => string): LiveObjects<T> {
  let byId: Map<string, T> | undefined
  let next: LiveObjects<T> = known
  for (const change of changes) {
    if (change.kind === 'away') {
      next = { ...next, isCurrent: false, isAway: true }
      continue
    }
    if (change.kind === 'all') byId = new Map(change.objects.map((object) => [idOf(object), object]))
    else {
      byId ??= new Map(known.byId)
      for (const id of change.removed) byId.delete(id)
      for (const object of change.objects) byId.set(idOf(object), object)
    }
    next = { ...next, isKnown: true, isCurrent: true, isAway: false }
  }
  return byId ? { ...next, byId, objects: [...byId.values()] } : next
}
