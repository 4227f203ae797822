import { expect, test } from 'vitest'
import { applyChanges, noObjects, type LiveObjects } from '#renderer/state/live-objects.ts'

interface Thing {
  id: string
  size: number
}

const idOf = ({ id }: Thing): string => id
const a = { id: 'a', size: 1 }
const b = { id: 'b', size: 1 }
const start: LiveObjects<Thing> = applyChanges<Thing>(noObjects, [{ kind: 'all', objects: [a, b] }], idOf)

test('objects that did not change stay the same ones, in their place', () => {
  const next = applyChanges(start, [{ kind: 'changed', objects: [{ id: 'b', size: 2 }], removed: [] }], idOf)
  expect(next.objects[0]).toBe(a)
  expect(next.objects[1]).toEqual({ id: 'b', size: 2 })
  expect(next.byId.get('b')).toBe(next.objects[1])
  expect(start.objects).toEqual([a, b])
})

test('several changes are taken in their order', () => {
  const next = applyChanges(start, [{ kind: 'changed', objects: [], removed: ['a'] }, { kind: 'changed', objects: [{ id: 'a', size: 3 }], removed: ['b'] }], idOf)
  expect(next.objects).toEqual([{ id: 'a', size: 3 }])
})

test('what is known stays while Docker is away, and is replaced when it is back', () => {
  const away = applyChanges(start, [{ kind: 'away' }], idOf)
  expect(away).toMatchObject({ objects: [a, b], isKnown: true, isCurrent: false, isAway: true })
  expect(applyChanges(away, [{ kind: 'all', objects: [] }], idOf)).toMatchObject({ objects: [], isKnown: true, isCurrent: true, isAway: false })
})

test('a Docker that is off from the beginning has told nothing', () => {
  expect(applyChanges<Thing>(noObjects, [{ kind: 'away' }], idOf)).toMatchObject({ isKnown: false, isAway: true })
})
