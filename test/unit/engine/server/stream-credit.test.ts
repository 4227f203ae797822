import { expect, test } from 'vitest'
import { creditHeader, creditWindow } from '#contract/stream-credit.ts'
import { StreamCredit } from '#engine/server/stream-credit.ts'

const request = (id: string, stream = id) => ({ i: id, p: { u: '/engine/watch', h: { [creditHeader]: stream } } })
const item = (id: string): string => JSON.stringify({ i: id, t: 3, p: { e: 'message', d: {} } })

test('a stream is held when its window is used up, and goes on with what is granted', async () => {
  const credit = new StreamCredit()
  expect(credit.hear(request('1', 'a'))).toBe(false)
  for (let i = 1; i < creditWindow; i++) expect(credit.sent(item('1'))).toBeUndefined()
  const held = credit.sent(item('1'))
  expect(held).toBeInstanceOf(Promise)
  expect(credit.sent(item('2'))).toBeUndefined()
  expect(credit.hear({ credit: 'a', items: 2 })).toBe(true)
  await held
  expect(credit.sent(item('1'))).toBeUndefined()
  expect(credit.sent(item('1'))).toBeInstanceOf(Promise)
})

test('a stream that is left is let run to its end; nonsense about credit changes nothing', async () => {
  const credit = new StreamCredit()
  credit.hear(request('1'))
  let held: Promise<void> | undefined
  for (let i = 0; i < creditWindow; i++) held = credit.sent(item('1'))
  for (const items of [Number.NaN, -5, '7', null, Infinity]) credit.hear({ credit: 'other', items })
  credit.hear({ i: '1', t: 4 })
  await held
  expect(credit.counted).toBe(0)
})

test('calls that are answered and streams that ended are forgotten', () => {
  const credit = new StreamCredit()
  for (let i = 0; i < 10_000; i++) {
    credit.hear(request(String(i)))
    void credit.sent(JSON.stringify({ i: String(i), p: { s: 200, b: {} } }))
  }
  credit.hear(request('s'))
  void credit.sent(JSON.stringify({ i: 's', p: { s: 200, h: { 'content-type': 'text/event-stream' } } }))
  expect(credit.counted).toBe(1)
  void credit.sent(JSON.stringify({ i: 's', t: 3, p: { e: 'done' } }))
  expect(credit.counted).toBe(0)
})
