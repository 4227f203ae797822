import { expect, test } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { coveHome, covePaths, maxSocketPathBytes } from '#base/paths.ts'

function errorOf(work: () => unknown): CoveError {
  try {
    work()
  } catch (error) {
    if (error instanceof CoveError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

test('the home is the variable made absolute, or ~/.cove when it is unset or empty', () => {
  expect(coveHome({ COVE_HOME: '/x/y/../z' })).toBe('/x/z')
  expect(coveHome({ COVE_HOME: 'relative' })).toBe(`${process.cwd()}/relative`)
  expect(coveHome({})).toMatch(/[/\\]\.cove$/)
  expect(coveHome({ COVE_HOME: '' })).toBe(coveHome({}))
})

test('every path lies below the home', () => {
  const { logs, ...paths } = covePaths('/h/cove', 'linux')
  for (const path of [...Object.values(paths), ...Object.values(logs)]) expect(path).toMatch(/^\/h\/cove(\/|$)/)
})

test('no two things share a path', () => {
  const { logs, ...paths } = covePaths('/h/cove', 'linux')
  const all = [...Object.values(paths), ...Object.values(logs)]
  expect(new Set(all).size).toBe(all.length)
})

test.each(['linux', 'darwin'] as const)('on %s a home is refused as soon as its longest socket would not fit', (platform) => {
  const longest = '/run/control.sock'.length
  const fits = `/${'h'.repeat(maxSocketPathBytes(platform) - longest - 1)}`
  expect(covePaths(fits, platform).controlSocket).toHaveLength(maxSocketPathBytes(platform))
  const error = errorOf(() => covePaths(`${fits}x`, platform))
  expect(error).toMatchObject({ code: 'engine.home-unusable', hint: expect.stringContaining('shorter') })
  expect(error.message).toContain(`"${fits}x"`)
  expect(error.message).toContain(`allows ${maxSocketPathBytes(platform)}`)
})

test('the length of a home is counted in bytes, not characters', () => {
  const characters = maxSocketPathBytes('linux') - '/run/control.sock'.length - 1
  expect(errorOf(() => covePaths(`/${'ü'.repeat(characters)}`, 'linux')).code).toBe('engine.home-unusable')
})

test('on Windows sockets are named pipes, distinct per home and alike however its letters are cased', () => {
  const one = covePaths('C:\\Users\\Ann\\.cove', 'win32')
  const same = covePaths('c:\\users\\ann\\.COVE', 'win32')
  const other = covePaths('C:\\Users\\Bob\\.cove', 'win32')
  const pipes = [one.engineSocket, one.dockerSocket, one.qmpSocket, one.controlSocket]
  for (const pipe of pipes) expect(pipe).toMatch(/^\\\\\.\\pipe\\cove-[0-9a-f]{12}-[a-z]+$/)
  expect(new Set(pipes).size).toBe(pipes.length)
  expect(same.engineSocket).toBe(one.engineSocket)
  expect(other.engineSocket).not.toBe(one.engineSocket)
})

test('a long home is no trouble on Windows', () => {
  expect(covePaths(`C:\\${'h'.repeat(300)}`, 'win32').engineSocket.length).toBeLessThan(256)
})
