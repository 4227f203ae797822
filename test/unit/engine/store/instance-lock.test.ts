import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { takeInstanceLock } from '#engine/store/instance-lock.ts'
import { tempDir } from '../../base/temp-dir.ts'

/** Another process that tries for the lock. */
async function otherProcess(file: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'programs', 'hold-lock.ts'), file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const exited = once(child, 'exit')
  return {
    said: said.toString().trim(),
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await exited
    },
  }
}

test('one process holds the lock, and the next gets it as soon as that one lets go', async () => {
  await using dir = tempDir()
  const mine = takeInstanceLock(dir.at('l'))
  expect(mine).toBeDefined()
  await using other = await otherProcess(dir.at('l'))
  expect(other.said).toBe('refused')
  mine?.[Symbol.dispose]()
  await using third = await otherProcess(dir.at('l'))
  expect(third.said).toBe('held')
})

test('the lock is exclusive within one process too', async () => {
  await using dir = tempDir()
  using mine = takeInstanceLock(dir.at('l'))
  expect(mine).toBeDefined()
  expect(takeInstanceLock(dir.at('l'))).toBeUndefined()
})

test('the lock of a process that was killed is free at once', async () => {
  await using dir = tempDir()
  await using holder = await otherProcess(dir.at('l'))
  expect(holder.said).toBe('held')
  expect(takeInstanceLock(dir.at('l'))).toBeUndefined()
  await holder.kill()
  using mine = takeInstanceLock(dir.at('l'))
  expect(mine).toBeDefined()
})

test('letting go changes the file, so that a watcher of the folder hears of it', async () => {
  await using dir = tempDir()
  const lock = takeInstanceLock(dir.at('l'))
  utimesSync(dir.at('l'), 1, 1)
  lock?.[Symbol.dispose]()
  expect(statSync(dir.at('l')).mtimeMs).toBeGreaterThan(1_600_000_000_000)
})

test('a home that vanished while it was held is no error', async () => {
  await using dir = tempDir()
  mkdirSync(dir.at('h'))
  const lock = takeInstanceLock(dir.at('h', 'l'))
  rmSync(dir.at('h'), { recursive: true })
  expect(() => lock?.[Symbol.dispose]()).not.toThrow()
})

test.each([
  ['its folder is missing', (path: string) => rmSync(path, { recursive: true })],
  ['a folder has its name', (path: string) => mkdirSync(join(path, 'l'))],
  ['it is no lock file', (path: string) => writeFileSync(join(path, 'l'), 'something else entirely '.repeat(100))],
])('the home is unusable when %s', async (_why, spoil) => {
  await using dir = tempDir()
  const path = dir.at('h')
  mkdirSync(path)
  spoil(path)
  expect(() => takeInstanceLock(join(path, 'l'))).toThrow(expect.objectContaining({ code: 'engine.home-unusable', message: expect.stringContaining(join(path, 'l')), hint: expect.any(String) }))
  vi.restoreAllMocks()
})
