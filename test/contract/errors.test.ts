import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CoveError, errorTable, isErrorCode, readAbout, toCoveError, type ErrorCode } from '#contract/errors.ts'

const root = join(import.meta.dirname, '..', '..')
const codes = Object.keys(errorTable) as ErrorCode[]

test('codes are noun.problem', () => {
  for (const code of codes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/)
})

test('exit codes are those a shell can tell apart: 1 for a bug, 2 for usage, 130 for cancelled, others below 64', () => {
  for (const code of codes) {
    const { exit } = errorTable[code]
    expect(Number.isInteger(exit), code).toBe(true)
    if (code === 'operation.cancelled') expect(exit).toBe(130)
    else expect(exit, code).toSatisfy((value: number) => value >= 1 && value < 64)
    expect(exit === 1, code).toBe(code === 'internal.bug')
  }
  for (const code of ['usage.invalid', 'setting.unknown', 'setting.invalid', 'disk.invalid-size'] as const) expect(errorTable[code].exit).toBe(2)
})

test('each code stands in the table once, and codes are given their exit code nowhere else', () => {
  const table = readFileSync(join(root, 'electron/contract/errors.ts'), 'utf8')
  for (const code of codes) expect(table.split(`'${code}':`).length - 1, code).toBe(1)
  const elsewhere = globSync('electron/**/*.ts', { cwd: root }).filter((file) => file !== join('electron', 'contract', 'errors.ts') && /exit:\s*\d+,\s*retryable/.test(readFileSync(join(root, file), 'utf8')))
  expect(elsewhere).toEqual([])
})

test('every code is used', () => {
  const sources = globSync('electron/**/*.ts', { cwd: root }).filter((file) => !file.endsWith(join('contract', 'errors.ts')))
  const text = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n') + readFileSync(join(root, 'electron/contract/errors.ts'), 'utf8').split('export type ErrorCode')[1]
  expect(codes.filter((code) => !text.includes(`'${code}'`))).toEqual([])
})

test.each(codes)('%s carries its exit code, whether trying again helps, message, hint and cause', (code) => {
  const cause = new Error('because')
  const error = new CoveError(code, { message: 'm', hint: 'h', about: readAbout({ path: '/x' }), cause })
  expect(error).toMatchObject({ code, message: 'm', hint: 'h', about: { path: '/x' }, cause, name: 'CoveError', exitCode: errorTable[code].exit, isRetryable: errorTable[code].retryable })
  expect(isErrorCode(code)).toBe(true)
})

test('what is no code of ours is none', () => {
  for (const code of ['', 'toString', '__proto__', 'constructor', 'NOT_FOUND']) expect(isErrorCode(code)).toBe(false)
})

test('values an error is about are names with words or figures; anything else from the wire is dropped', () => {
  expect(readAbout({ path: '/x', seconds: 5 })).toEqual({ path: '/x', seconds: 5 })
  for (const wrong of [undefined, null, 'x', 7, { path: null }, { path: { deep: 1 } }]) expect(readAbout(wrong)).toBeUndefined()
})

test('any thrown value becomes a CoveError, ours unchanged', () => {
  const ours = new CoveError('vm.died', { message: 'x' })
  expect(toCoveError(ours, 'disk.corrupt')).toBe(ours)
  expect(toCoveError(new TypeError('y'))).toMatchObject({ code: 'internal.bug', message: 'y' })
  expect(toCoveError('z', 'vm.start-failed')).toMatchObject({ code: 'vm.start-failed', message: 'z' })
  expect(toCoveError(undefined)).toMatchObject({ message: 'undefined' })
})
