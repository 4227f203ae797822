import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readJson, writeJson } from '#base/json-file.ts'
import { tempDir } from './temp-dir.ts'

test('what was written is read back, and nothing else is left in the folder', async () => {
  await using dir = tempDir()
  await writeJson(dir.at('f.json'), { a: [1, 'ü'] })
  await expect(readJson(dir.at('f.json'))).resolves.toEqual({ a: [1, 'ü'] })
  expect(readdirSync(dir.path)).toEqual(['f.json'])
})

test('a file is private unless asked otherwise', async () => {
  await using dir = tempDir()
  await writeJson(dir.at('f.json'), 1)
  expect(statSync(dir.at('f.json')).mode & 0o777).toBe(0o600)
})

test('a missing file is undefined, a malformed or unreadable one an error', async () => {
  await using dir = tempDir()
  await expect(readJson(dir.at('none.json'))).resolves.toBeUndefined()
  writeFileSync(dir.at('bad.json'), '{"a":')
  await expect(readJson(dir.at('bad.json'))).rejects.toThrow(SyntaxError)
  await expect(readJson(dir.path)).rejects.toThrow('EISDIR')
})

test('the byte order mark of a Windows editor is no mistake', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('f.json'), '\uFEFF{"a":1}')
  await expect(readJson(dir.at('f.json'))).resolves.toEqual({ a: 1 })
})

test('a write that fails leaves the old content and says which file and what to do', async () => {
  await using dir = tempDir()
  mkdirSync(dir.at('f.json'))
  writeFileSync(dir.at('f.json', 'old'), 'kept')
  await expect(writeJson(dir.at('f.json'), 1)).rejects.toMatchObject({ code: 'file.unwritable', message: expect.stringContaining(dir.at('f.json')), hint: expect.any(String) })
  expect(readFileSync(dir.at('f.json', 'old'), 'utf8')).toBe('kept')
  await expect(writeJson(dir.at('none', 'f.json'), 1)).rejects.toMatchObject({ code: 'file.unwritable' })
})

test('a symbolic link stays one', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('real.json'), '1')
  symlinkSync(dir.at('real.json'), dir.at('link.json'))
  await writeJson(dir.at('link.json'), 2)
  expect(lstatSync(dir.at('link.json')).isSymbolicLink()).toBe(true)
  expect(readFileSync(dir.at('real.json'), 'utf8')).toBe('2\n')
})

test('a writer that is killed at any moment leaves a whole file', async () => {
  await using dir = tempDir()
  const path = dir.at('f.json')
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'programs', 'write-json-for-ever.ts'), path], { stdio: ['ignore', 'pipe', 'inherit'] })
    for (let writes = 0; writes <= round; ) writes += ((await once(child.stdout, 'data')) as [Buffer])[0].length
    child.kill('SIGKILL')
    await once(child, 'exit')
    const content = (await readJson(path)) as { count: number; end: number }
    expect(content.count).toBe(content.end)
  }
})
