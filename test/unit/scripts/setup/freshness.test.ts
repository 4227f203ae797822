import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fingerprint, isFresh } from '#scripts/setup/freshness.mjs'

let dir: string
let stamp: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cove-fresh-'))
  stamp = join(dir, 'inputs.json')
  writeFileSync(join(dir, 'a.ts'), 'one')
  writeFileSync(stamp, JSON.stringify({ 'a.ts': fingerprint(join(dir, 'a.ts')) }))
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a build whose inputs are as they were is fresh', () => {
  expect(isFresh(dir, stamp)).toBe(true)
})

test('an input of another size or time makes it stale', () => {
  utimesSync(join(dir, 'a.ts'), 1, 1)
  expect(isFresh(dir, stamp)).toBe(false)
})

test('an input that is gone makes it stale', () => {
  rmSync(join(dir, 'a.ts'))
  expect(isFresh(dir, stamp)).toBe(false)
})

test.each(['', '{"a.ts": "3:', 'null'])('a stamp that holds %j makes it stale', (text) => {
  writeFileSync(stamp, text)
  expect(isFresh(dir, stamp)).toBe(false)
})
