import { expect, test } from 'vitest'
import { Recent } from '#renderer/state/recent.ts'

test('what was kept last is there, what is older than so many is gone', () => {
  const recent = new Recent<number>(3)
  for (let index = 0; index < 1000; index++) recent.keep(`key ${index}`, index)
  expect(['key 0', 'key 996', 'key 997', 'key 998', 'key 999'].map((key) => recent.get(key))).toEqual([undefined, undefined, 997, 998, 999])
})

test('what is kept again is the newest', () => {
  const recent = new Recent<string>(2)
  recent.keep('a', 'first')
  recent.keep('b', 'b')
  recent.keep('a', 'second')
  recent.keep('c', 'c')
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual(['second', undefined, 'c'])
})
