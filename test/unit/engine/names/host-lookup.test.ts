import { expect, test } from 'vitest'
import { HostLookup, type LookupOutcome } from '#engine/names/host-lookup.ts'

const found: LookupOutcome = [{ address: '192.0.2.1', family: 4 }]

test('no more than two lookups run at a time; the others follow in their order', async () => {
  const gates = new Map<string, () => void>()
  const lookup = new HostLookup((name) => new Promise((resolve) => gates.set(name, () => resolve(found))))
  const all = ['a', 'b', 'c', 'd'].map((name) => lookup.lookup(name))
  expect([...gates.keys()]).toEqual(['a', 'b'])
  gates.get('b')?.()
  await all[1]
  expect([...gates.keys()]).toEqual(['a', 'b', 'c'])
  for (const name of ['a', 'c']) gates.get(name)?.()
  await Promise.all([all[0], all[2]])
  gates.get('d')?.()
  expect(await all[3]).toBe(found)
})

test('a name is looked up once for all who ask within some seconds, however it is spelt', async () => {
  let asked = 0
  const lookup = new HostLookup(async () => (asked++, found))
  await Promise.all([lookup.lookup('Name.test'), lookup.lookup('name.test'), lookup.lookup('NAME.test')])
  await lookup.lookup('name.test')
  expect(asked).toBe(1)
  lookup.forget()
  await lookup.lookup('name.test')
  expect(asked).toBe(2)
})

test('what failed is tried again at the next question', async () => {
  let asked = 0
  const lookup = new HostLookup(async () => (asked++ === 0 ? 'failed' : found))
  expect(await lookup.lookup('name.test')).toBe('failed')
  expect(await lookup.lookup('name.test')).toBe(found)
})

test('who comes when hundreds wait is told at once', () => {
  const lookup = new HostLookup(() => new Promise(() => undefined))
  const answers = Array.from({ length: 300 }, (_, i) => lookup.lookup(`name-${i}.test`))
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(300 - 258)
})

test('the host itself finds its own name and misses what cannot exist', async () => {
  const lookup = new HostLookup()
  expect(await lookup.lookup('localhost')).toContainEqual({ address: '127.0.0.1', family: 4 })
  expect(['none', 'failed']).toContain(await lookup.lookup('no-such-name.invalid'))
})
