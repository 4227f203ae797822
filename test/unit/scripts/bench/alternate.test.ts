import { expect, test } from 'vitest'
import { alternate } from '#scripts/bench/alternate.ts'

test('contestants take turns, one at a time', async () => {
  const order: string[] = []
  const contestant = (name: string) => async (): Promise<string> => {
    order.push(`${name}+`)
    await Promise.resolve()
    order.push(`${name}-`)
    return `${name}${order.length}`
  }
  const results = await alternate([contestant('a'), contestant('b')], 2)
  expect(order).toEqual(['a+', 'a-', 'b+', 'b-', 'a+', 'a-', 'b+', 'b-'])
  expect(results).toEqual([['a2', 'a6'], ['b4', 'b8']])
})

test('a contestant that fails ends the comparison', async () => {
  await expect(alternate([() => Promise.reject(new Error('it broke'))], 3)).rejects.toThrow('it broke')
})
