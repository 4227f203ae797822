import { expect, test } from 'vitest'
import { z } from 'zod'
import { entryOf, parseAs } from '#engine/settings/setting-values.ts'
import { Settings } from '#contract/setting.ts'

const list = z.array(z.string().min(2)).max(3).default([])

const lists: [typed: unknown, value: string[]][] = [
  ['', []],
  [' ', []],
  ['/srv', ['/srv']],
  ['/srv, /data', ['/srv', '/data']],
  ['true', ['true']],
  ['["a, b","cd"]', ['a, b', 'cd']],
  [['ab'], ['ab']],
]

test.each(lists)('a list typed as %j is %j', (typed, value) => {
  expect(parseAs(list, typed)).toEqual({ success: true, value })
})

test.each(['a', '[', '[1]', 'ab,cd,ef,gh', 7])('%j is no such list', (typed) => {
  expect(parseAs(list, typed)).toMatchObject({ success: false, reason: expect.stringMatching(/\w/) })
})

test('a text that looks like a list stays a text where a text is wanted', () => {
  expect(parseAs(z.string().default(''), '/a,/b')).toEqual({ success: true, value: '/a,/b' })
})

test('only settings marked live do without a restart of the vm', () => {
  const values = Settings.parse({})
  expect(entryOf('log.level', values, false).needsRestart).toBe(false)
  expect(entryOf('vm.cpus', values, false).needsRestart).toBe(true)
})
